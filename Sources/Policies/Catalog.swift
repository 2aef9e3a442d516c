public import Pipeline

/// Every policy of this build. The order is the order in which a request meets them.
public let catalog = PolicyCatalog([])
