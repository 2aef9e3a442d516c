extension SchemaFile {
    /// The core group without pods and services.
    static let core = SchemaFile(
        #"""
        package: io.k8s.api.core.v1
        group: ""
        version: v1
        kinds:
        - kind: Namespace
          plural: namespaces
          shortNames: [ns]
          scope: Cluster
          status: true
          columns:
          - {name: Status, path: .status.phase, description: "The status of the namespace."}
          - {name: Age, type: date, path: .metadata.creationTimestamp}
        - kind: ConfigMap
          plural: configmaps
          shortNames: [cm]
          columns:
          - {name: Data, description: "Number of keys."}
          - {name: Age, type: date, path: .metadata.creationTimestamp}
        - kind: Secret
          plural: secrets
          columns:
          - {name: Type, path: .type, description: "Used to facilitate programmatic handling of secret data."}
          - {name: Data, description: "Number of keys."}
          - {name: Age, type: date, path: .metadata.creationTimestamp}
        - kind: ServiceAccount
          plural: serviceaccounts
          shortNames: [sa]
          columns:
          - {name: Secrets, description: "Number of secrets."}
          - {name: Age, type: date, path: .metadata.creationTimestamp}
        - kind: Event
          plural: events
          shortNames: [ev]
          columns:
          - {name: Last Seen, description: "When it last happened."}
          - {name: Type, path: .type, description: "Normal or Warning."}
          - {name: Reason, path: .reason}
          - {name: Object, description: "What it is about."}
          - {name: Subobject, priority: 1, path: .involvedObject.fieldPath}
          - {name: Source, priority: 1, description: "Who reported it."}
          - {name: Message, path: .message}
          - {name: First Seen, priority: 1, description: "When it first happened."}
          - {name: Count, priority: 1, description: "How often it happened."}
          - {name: Name, format: name, priority: 1, path: .metadata.name}
        - kind: Node
          plural: nodes
          shortNames: ["no"]
          scope: Cluster
          status: true
          columns:
          - {name: Status, description: "Ready or NotReady."}
          - {name: Roles, description: "From labels node-role.kubernetes.io/ROLE."}
          - {name: Age, type: date, path: .metadata.creationTimestamp}
          - {name: Version, path: .status.nodeInfo.kubeletVersion}
          - {name: Internal-IP, priority: 1}
          - {name: External-IP, priority: 1}
          - {name: OS-Image, priority: 1, path: .status.nodeInfo.osImage}
          - {name: Kernel-Version, priority: 1, path: .status.nodeInfo.kernelVersion}
          - {name: Container-Runtime, priority: 1, path: .status.nodeInfo.containerRuntimeVersion}
        definitions:
          Namespace:
            description: "Namespace provides a scope for names."
            properties:
              spec:
                description: "Behaviour of the Namespace."
                properties:
                  finalizers:
                    {type: array, items: {type: string}, x-kubernetes-list-type: atomic,
                     description: "Must be empty before the namespace goes."}
              status:
                description: "State of the Namespace."
                properties:
                  phase: {type: string, description: "Active or Terminating."}
                  conditions:
                    type: array
                    items: {type: object, x-kubernetes-preserve-unknown-fields: true}
                    x-kubernetes-list-type: map
                    x-kubernetes-list-map-keys: [type]
                    x-kubernetes-patch-merge-key: type
                    x-kubernetes-patch-strategy: merge
                    description: "Conditions of the namespace."
          ConfigMap:
            description: "ConfigMap holds configuration data for pods to consume."
            properties:
              data: {type: object, additionalProperties: {type: string}, description: "The data, as UTF-8 text."}
              binaryData:
                {type: object, additionalProperties: {type: string, format: byte},
                 description: "The data that is no UTF-8, in base64."}
              immutable: {type: boolean, description: "Whether data cannot be changed."}
          Secret:
            description: "Secret holds secret data of a certain type."
            properties:
              data: {type: object, additionalProperties: {type: string, format: byte}, description: "The secret data in base64."}
              stringData:
                type: object
                additionalProperties: {type: string}
                description: "Secret data as text; merged into data on write and never read back."
              type: {type: string, default: Opaque, description: "Says how the data is to be handled, such as kubernetes.io/tls."}
              immutable: {type: boolean, description: "Whether data cannot be changed."}
          ServiceAccount:
            description: "ServiceAccount is an identity for processes in pods."
            properties:
              secrets:
                type: array
                items: {$ref: ObjectReference}
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [name]
                x-kubernetes-patch-merge-key: name
                x-kubernetes-patch-strategy: merge
                description: "Secrets that pods of this account may use."
              imagePullSecrets:
                {type: array, items: {$ref: LocalObjectReference}, x-kubernetes-list-type: atomic,
                 description: "Secrets for pulling images."}
              automountServiceAccountToken: {type: boolean, description: "Whether pods get the account's token."}
          ObjectReference:
            description: "ObjectReference names another object, or a part of it."
            properties:
              kind: {type: string, description: "Kind of the referent."}
              namespace: {type: string, description: "Namespace of the referent."}
              name: {type: string, description: "Name of the referent."}
              uid: {type: string, description: "UID of the referent."}
              apiVersion: {type: string, description: "API version of the referent."}
              resourceVersion: {type: string, description: "The version that the reference was made to."}
              fieldPath: {type: string, description: "A part of the referent, such as spec.containers{sample}."}
            x-kubernetes-map-type: atomic
          LocalObjectReference:
            description: "LocalObjectReference names an object in the same namespace."
            properties:
              name: {type: string, description: "Name of the referent."}
            x-kubernetes-map-type: atomic
          Event:
            description: "Event is a report of something that happened."
            required: [involvedObject]
            properties:
              involvedObject: {$ref: ObjectReference, description: "The object that this event is about."}
              reason: {type: string, description: "Short text for machines that says why."}
              message: {type: string, description: "A description for people."}
              source:
                description: "The component that reported it."
                properties:
                  component: {type: string, description: "Component from which the event comes."}
                  host: {type: string, description: "Node on which it was generated."}
              firstTimestamp: {$ref: Time, nullable: true, description: "When it was first recorded."}
              lastTimestamp: {$ref: Time, nullable: true, description: "When it last happened."}
              count: {type: integer, format: int32, description: "How often it has happened."}
              type: {type: string, description: "Normal or Warning."}
              eventTime: {$ref: MicroTime, nullable: true, description: "When it was first observed."}
              series:
                description: "The series that this event belongs to."
                properties:
                  count: {type: integer, format: int32, description: "How often it has happened in the series."}
                  lastObservedTime: {$ref: MicroTime, description: "When it last happened."}
              action: {type: string, description: "What was done about the object."}
              related: {$ref: ObjectReference, description: "A second object."}
              reportingComponent: {type: string, description: "Name of the controller that reported it."}
              reportingInstance: {type: string, description: "Its instance."}
          Node:
            description: "Node is a worker machine. This cluster has one, and it is this process."
            properties:
              spec:
                description: "Behaviour of the Node."
                x-kubernetes-preserve-unknown-fields: true
                properties:
                  podCIDR: {type: string, description: "Range of pod addresses of the node."}
                  providerID: {type: string, description: "The machine's name at its provider."}
                  unschedulable: {type: boolean, description: "Whether new pods are kept away."}
              status:
                description: "State of the Node."
                x-kubernetes-preserve-unknown-fields: true
                properties:
                  addresses:
                    type: array
                    description: "Addresses of the node."
                    items:
                      required: [type, address]
                      properties:
                        type: {type: string, description: "Hostname, InternalIP or ExternalIP."}
                        address: {type: string, description: "The address."}
                    x-kubernetes-list-type: map
                    x-kubernetes-list-map-keys: [type]
                    x-kubernetes-patch-merge-key: type
                    x-kubernetes-patch-strategy: merge
                  conditions:
                    type: array
                    description: "Conditions of the node."
                    items: {type: object, x-kubernetes-preserve-unknown-fields: true}
                    x-kubernetes-list-type: map
                    x-kubernetes-list-map-keys: [type]
                    x-kubernetes-patch-merge-key: type
                    x-kubernetes-patch-strategy: merge
                  nodeInfo: {type: object, x-kubernetes-preserve-unknown-fields: true, description: "What the node is."}
        """#)
}
