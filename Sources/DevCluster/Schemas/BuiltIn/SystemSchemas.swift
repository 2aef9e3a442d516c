extension SchemaFile {
    static let coordination = SchemaFile(
        #"""
        package: io.k8s.api.coordination.v1
        group: coordination.k8s.io
        version: v1
        kinds:
        - kind: Lease
          plural: leases
          columns:
          - {name: Holder, path: .spec.holderIdentity}
          - {name: Age, type: date, path: .metadata.creationTimestamp}
        definitions:
          Lease:
            description: "Lease says who leads, and until when."
            properties:
              spec:
                description: "The lease."
                properties:
                  holderIdentity: {type: string, description: "Who holds it."}
                  leaseDurationSeconds:
                    {type: integer, format: int32, minimum: 1, description: "Seconds that others must wait after renewTime."}
                  acquireTime: {$ref: MicroTime, nullable: true, description: "When the holder acquired it."}
                  renewTime: {$ref: MicroTime, nullable: true, description: "When the holder last renewed it."}
                  leaseTransitions: {type: integer, format: int32, minimum: 0, description: "How often it changed hands."}
                  strategy: {type: string, description: "How a new holder is chosen."}
                  preferredHolder: {type: string, description: "Who should hold it."}
        """#)

    static let events = SchemaFile(
        #"""
        package: io.k8s.api.events.v1
        group: events.k8s.io
        version: v1
        kinds:
        - kind: Event
          plural: events
          shortNames: [ev]
          columns:
          - {name: Last Seen, description: "When it last happened."}
          - {name: Type, path: .type, description: "Normal or Warning."}
          - {name: Reason, path: .reason}
          - {name: Object, description: "What it is about."}
          - {name: Subobject, priority: 1, path: .regarding.fieldPath}
          - {name: Source, priority: 1, description: "Who reported it."}
          - {name: Message, path: .note}
          - {name: First Seen, priority: 1, description: "When it first happened."}
          - {name: Count, priority: 1, description: "How often it happened."}
          - {name: Name, format: name, priority: 1, path: .metadata.name}
        definitions:
          Event:
            description: "Event is a report of something that happened."
            required: [eventTime]
            properties:
              eventTime: {$ref: MicroTime, nullable: true, description: "When it was first observed."}
              series:
                description: "The series that this event belongs to."
                properties:
                  count: {type: integer, format: int32, description: "How often it has happened in the series."}
                  lastObservedTime: {$ref: MicroTime, description: "When it last happened."}
              reportingController: {type: string, description: "Name of the controller that reported it."}
              reportingInstance: {type: string, description: "Its instance."}
              action: {type: string, description: "What was done about the object."}
              reason: {type: string, description: "Short text for machines that says why."}
              regarding: {$ref: ObjectReference, description: "The object that this event is about."}
              related: {$ref: ObjectReference, description: "A second object."}
              note: {type: string, description: "A description for people."}
              type: {type: string, description: "Normal or Warning."}
              deprecatedSource:
                description: "The component that reported it, as the core group says it."
                properties:
                  component: {type: string, description: "Component from which the event comes."}
                  host: {type: string, description: "Node on which it was generated."}
              deprecatedFirstTimestamp:
                {$ref: Time, nullable: true, description: "When it was first recorded, as the core group says it."}
              deprecatedLastTimestamp:
                {$ref: Time, nullable: true, description: "When it last happened, as the core group says it."}
              deprecatedCount:
                {type: integer, format: int32, description: "How often it has happened, as the core group says it."}
        """#)

    static let extensions = SchemaFile(
        #"""
        package: io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1
        group: apiextensions.k8s.io
        version: v1
        kinds:
        - kind: CustomResourceDefinition
          plural: customresourcedefinitions
          shortNames: [crd, crds]
          categories: [api-extensions]
          scope: Cluster
          status: true
          columns:
          - {name: Created At, type: string, path: .metadata.creationTimestamp}
        definitions:
          CustomResourceDefinition:
            description: "CustomResourceDefinition adds a kind to the API server."
            required: [spec]
            properties:
              spec:
                description: "Describes the kind."
                required: [group, names, scope, versions]
                properties:
                  group: {type: string, minLength: 1, description: "API group of the kind; the definition is named PLURAL.GROUP."}
                  names:
                    description: "Names of the kind."
                    required: [plural, kind]
                    properties:
                      plural: {type: string, pattern: "^[a-z]([-a-z0-9]*[a-z0-9])?$", description: "Name in URLs."}
                      singular: {type: string, description: "Name of one; absent it is the kind in lower case."}
                      kind: {type: string, description: "The kind in CamelCase."}
                      listKind: {type: string, description: "Kind of lists; absent it is KINDList."}
                      shortNames:
                        {type: array, items: {type: string}, x-kubernetes-list-type: atomic,
                         description: "Short names for kubectl."}
                      categories:
                        {type: array, items: {type: string}, x-kubernetes-list-type: atomic,
                         description: "Groups of kinds for kubectl, such as all."}
                  scope: {type: string, enum: [Cluster, Namespaced], description: "Cluster or Namespaced."}
                  preserveUnknownFields: {type: boolean, description: "Must be false."}
                  conversion:
                    {type: object, x-kubernetes-preserve-unknown-fields: true,
                     description: "Kept as written; this server converts nothing."}
                  versions:
                    type: array
                    minItems: 1
                    items: {$ref: CustomResourceDefinitionVersion}
                    x-kubernetes-list-type: atomic
                    description: "Versions of the kind."
              status: {type: object, x-kubernetes-preserve-unknown-fields: true, description: "Observed state of the definition."}
          CustomResourceDefinitionVersion:
            description: "One version of a kind."
            required: [name, served, storage]
            properties:
              name: {type: string, description: "Name of the version, such as v1alpha1."}
              served: {type: boolean, description: "Whether the version is served."}
              storage: {type: boolean, description: "Whether objects are stored in this version; exactly one is."}
              deprecated: {type: boolean, description: "Whether clients are warned."}
              deprecationWarning: {type: string, description: "What they are told."}
              schema:
                description: "Validation, pruning and defaults."
                properties:
                  openAPIV3Schema:
                    {type: object, x-kubernetes-preserve-unknown-fields: true, description: "A structural OpenAPI v3 schema."}
              subresources:
                description: "Subresources that the kind has."
                properties:
                  status: {type: object, x-kubernetes-preserve-unknown-fields: true, description: "Has a status subresource."}
                  scale:
                    description: "Has a scale subresource."
                    required: [specReplicasPath, statusReplicasPath]
                    properties:
                      specReplicasPath: {type: string, description: "Where the desired number lies."}
                      statusReplicasPath: {type: string, description: "Where the observed number lies."}
                      labelSelectorPath: {type: string, description: "Where the selector lies."}
              additionalPrinterColumns:
                type: array
                x-kubernetes-list-type: atomic
                description: "Columns of kubectl get."
                items:
                  required: [name, type, jsonPath]
                  properties:
                    name: {type: string, description: "Name of the column."}
                    type: {type: string, description: "Type of the column in OpenAPI."}
                    format: {type: string, description: "Format of the column in OpenAPI."}
                    description: {type: string, description: "Description of the column."}
                    priority: {type: integer, format: int32, description: "0 is always shown; more only with -o wide."}
                    jsonPath: {type: string, description: "What the column shows."}
              selectableFields:
                {type: array, items: {type: object, x-kubernetes-preserve-unknown-fields: true},
                 description: "Fields for field selectors."}
        """#)

    static let authorization = SchemaFile(
        #"""
        package: io.k8s.api.authorization.v1
        group: authorization.k8s.io
        version: v1
        kinds:
        - kind: SelfSubjectAccessReview
          plural: selfsubjectaccessreviews
          scope: Cluster
        definitions:
          SelfSubjectAccessReview:
            description: "Asks whether the caller may do something. In this cluster everybody may do everything."
            required: [spec]
            properties:
              spec: {type: object, x-kubernetes-preserve-unknown-fields: true, description: "What is asked."}
              status: {type: object, x-kubernetes-preserve-unknown-fields: true, description: "The answer."}
        """#)
}
