import Translator

/// What has been said already about objects, so that each thing is said once. Pure.
struct NoticeBoard {
    /// A complaint may return with every graph; this many are remembered.
    static let remembered = 4096

    private(set) var diagnostics: [Diagnostic] = []
    /// Complaints that were told.
    private(set) var told: Set<Complaint> = []

    /// Takes over the diagnostics of a translation. - Returns: those that are new, in order.
    mutating func update(_ diagnostics: [Diagnostic]) -> [Diagnostic] {
        guard diagnostics != self.diagnostics else { return [] }
        let old = Set(self.diagnostics)
        self.diagnostics = diagnostics
        return diagnostics.filter { !old.contains($0) }
    }

    /// - Returns: the complaints that were never made, or long ago, and those that recur.
    mutating func update(_ complaints: [Complaint]) -> [Complaint] {
        if told.count > Self.remembered { told = [] }
        return complaints.filter { told.insert($0).inserted || $0.recurs }
    }
}
