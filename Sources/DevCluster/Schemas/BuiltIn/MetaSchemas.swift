extension SchemaFile {
    /// apimachinery's meta/v1: what every kind is made with.
    static let meta = SchemaFile(
        #"""
        package: io.k8s.apimachinery.pkg.apis.meta.v1
        definitions:
          Time:
            description: "A moment in RFC 3339 form, such as 2026-11-25T16:40:00Z."
            type: string
            format: date-time
          MicroTime:
            description: "A moment in RFC 3339 form with microseconds."
            type: string
            format: date-time
          ObjectMeta:
            description: "ObjectMeta is metadata that all persisted resources must have."
            properties:
              name: {type: string, description: "Name must be unique within a namespace. It cannot be updated."}
              generateName: {type: string, description: "Prefix from which the server makes a unique name when name is empty."}
              namespace:
                {type: string,
                 description: "Namespace defines the space within which each name must be unique. It cannot be updated."}
              labels:
                type: object
                additionalProperties: {type: string}
                description: "Map of string keys and values by which objects are organised and selected."
              annotations:
                type: object
                additionalProperties: {type: string}
                description: "Unstructured key value map in which tools keep arbitrary metadata."
              uid: {type: string, description: "Unique in time and space. Set by the server."}
              resourceVersion:
                {type: string, description: "Opaque value by which clients see that an object has changed. Set by the server."}
              generation: {type: integer, format: int64, description: "Sequence number of the desired state. Set by the server."}
              creationTimestamp: {$ref: Time, nullable: true, description: "When the object was created. Set by the server."}
              deletionTimestamp:
                {$ref: Time, description: "When the object will be deleted. Set by the server on a graceful deletion."}
              deletionGracePeriodSeconds:
                {type: integer, format: int64, description: "Seconds that the object has to end gracefully."}
              selfLink: {type: string, description: "Legacy and ignored."}
              finalizers:
                type: array
                items: {type: string}
                x-kubernetes-list-type: set
                x-kubernetes-patch-strategy: merge
                description: "Must be empty before the object is deleted from the registry."
              ownerReferences:
                type: array
                items: {$ref: OwnerReference}
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [uid]
                x-kubernetes-patch-merge-key: uid
                x-kubernetes-patch-strategy: merge
                description: "Objects that this one depends on. When all of them are gone, it is removed too."
              managedFields:
                type: array
                items: {$ref: ManagedFieldsEntry}
                x-kubernetes-list-type: atomic
                description: "Which manager set which fields, for server-side apply. Kept by the server."
          ManagedFieldsEntry:
            description: "ManagedFieldsEntry is a manager, and the fields that it owns."
            properties:
              manager: {type: string, description: "Who manages the fields."}
              operation: {type: string, description: "Apply for server-side apply, Update for every other write."}
              apiVersion: {type: string, description: "The version of the resource in which the fields are named."}
              time: {$ref: Time, description: "When the manager last changed what it owns."}
              fieldsType: {type: string, description: "Format of the fields: FieldsV1."}
              fieldsV1: {$ref: FieldsV1, description: "The fields, as a tree of paths."}
              subresource: {type: string, description: "The subresource through which the fields were written, such as status."}
          FieldsV1:
            description: "A set of fields: f:NAME is a member, k:{...} an element of a list map, v:VALUE one of a set."
            type: object
            x-kubernetes-preserve-unknown-fields: true
          OwnerReference:
            description: "OwnerReference names an object that owns this one."
            required: [apiVersion, kind, name, uid]
            properties:
              apiVersion: {type: string, description: "API version of the referent."}
              kind: {type: string, description: "Kind of the referent."}
              name: {type: string, description: "Name of the referent."}
              uid: {type: string, description: "UID of the referent."}
              controller: {type: boolean, description: "Whether this reference points to the managing controller."}
              blockOwnerDeletion:
                {type: boolean, description: "Whether the owner cannot be deleted in the foreground before this object is gone."}
            x-kubernetes-map-type: atomic
          LabelSelector:
            description: "A label query over a set of resources. Its requirements are ANDed; an empty one matches everything."
            properties:
              matchLabels:
                type: object
                additionalProperties: {type: string}
                description: "Key value pairs that must all be there."
              matchExpressions:
                type: array
                items: {$ref: LabelSelectorRequirement}
                x-kubernetes-list-type: atomic
                description: "Requirements that must all hold."
            x-kubernetes-map-type: atomic
          LabelSelectorRequirement:
            description: "A key, an operator and values."
            required: [key, operator]
            properties:
              key: {type: string, description: "The label's key."}
              operator: {type: string, enum: [In, NotIn, Exists, DoesNotExist], description: "How the key relates to the values."}
              values:
                type: array
                items: {type: string}
                x-kubernetes-list-type: atomic
                description: "The values; none for Exists and DoesNotExist."
          Condition:
            description: "One aspect of the state of an object."
            required: [type, status, lastTransitionTime, reason, message]
            properties:
              type: {type: string, description: "Type of the condition in CamelCase."}
              status: {type: string, enum: ["True", "False", Unknown], description: "True, False or Unknown."}
              observedGeneration:
                {type: integer, format: int64, minimum: 0, description: "The generation on which the condition was set."}
              lastTransitionTime: {$ref: Time, description: "When the status last changed."}
              reason: {type: string, description: "A programmatic identifier of the reason, in CamelCase."}
              message: {type: string, description: "A message for people."}
        """#)
}
