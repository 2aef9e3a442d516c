extension SchemaFile {
    /// Deployments and ReplicaSets.
    static let apps = SchemaFile(
        #"""
        package: io.k8s.api.apps.v1
        group: apps
        version: v1
        kinds:
        - kind: Deployment
          plural: deployments
          shortNames: [deploy]
          categories: [all]
          status: true
          scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas, selectorPath: .spec.selector}
          columns:
          - {name: Ready, description: "Ready pods of the desired ones."}
          - {name: Up-to-date, description: "Pods that have the current template."}
          - {name: Available, description: "Pods that are available."}
          - {name: Age, type: date, path: .metadata.creationTimestamp}
          - {name: Containers, priority: 1}
          - {name: Images, priority: 1}
          - {name: Selector, priority: 1}
        - kind: ReplicaSet
          plural: replicasets
          shortNames: [rs]
          categories: [all]
          status: true
          scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas, selectorPath: .spec.selector}
          columns:
          - {name: Desired, type: integer, path: .spec.replicas}
          - {name: Current, type: integer, path: .status.replicas}
          - {name: Ready, type: integer, description: "Pods that are ready."}
          - {name: Age, type: date, path: .metadata.creationTimestamp}
          - {name: Containers, priority: 1}
          - {name: Images, priority: 1}
          - {name: Selector, priority: 1}
        definitions:
          Deployment:
            description: "Deployment keeps a number of pods of one template, and replaces them when the template changes."
            properties:
              spec:
                $ref: DeploymentSpec
                description: "Desired behaviour of the Deployment."
              status:
                description: "Observed state of the Deployment."
                x-kubernetes-preserve-unknown-fields: true
                properties:
                  observedGeneration: {type: integer, format: int64, description: "The generation that the controller has seen."}
                  replicas: {type: integer, format: int32, description: "Pods of this Deployment that do not terminate."}
                  updatedReplicas: {type: integer, format: int32, description: "Those that have the current template."}
                  readyReplicas: {type: integer, format: int32, description: "Those that are ready."}
                  availableReplicas:
                    {type: integer, format: int32, description: "Those that have been ready for minReadySeconds."}
                  unavailableReplicas: {type: integer, format: int32, description: "Pods that are still missing."}
                  collisionCount: {type: integer, format: int32, description: "Collisions of template hashes."}
                  conditions:
                    type: array
                    items: {type: object, x-kubernetes-preserve-unknown-fields: true}
                    x-kubernetes-list-type: map
                    x-kubernetes-list-map-keys: [type]
                    x-kubernetes-patch-merge-key: type
                    x-kubernetes-patch-strategy: merge
                    description: "Available and Progressing."
          DeploymentSpec:
            description: "DeploymentSpec is the desired behaviour of a Deployment."
            required: [selector, template]
            properties:
              replicas: {type: integer, format: int32, minimum: 0, default: 1, description: "Number of desired pods."}
              selector:
                {$ref: LabelSelector,
                 description: "Labels of the pods. It must match the template's labels and cannot be changed."}
              template: {$ref: PodTemplateSpec, description: "Describes the pods."}
              strategy:
                description: "How pods are replaced by new ones."
                default: {type: RollingUpdate, rollingUpdate: {maxSurge: 25%, maxUnavailable: 25%}}
                x-kubernetes-patch-strategy: retainKeys
                properties:
                  type:
                    {type: string, enum: [Recreate, RollingUpdate], default: RollingUpdate,
                     description: "Recreate or RollingUpdate."}
                  rollingUpdate:
                    description: "Bounds of a rolling update."
                    properties:
                      maxSurge:
                        {x-kubernetes-int-or-string: true,
                         description: "Pods above the desired number: a number or a percentage."}
                      maxUnavailable:
                        {x-kubernetes-int-or-string: true, description: "Pods that may be missing: a number or a percentage."}
              minReadySeconds:
                {type: integer, format: int32, minimum: 0, description: "Seconds that a pod must be ready to count as available."}
              revisionHistoryLimit:
                {type: integer, format: int32, minimum: 0, default: 10, description: "Old ReplicaSets that are kept."}
              paused: {type: boolean, description: "Whether the Deployment is paused."}
              progressDeadlineSeconds:
                {type: integer, format: int32, default: 600, description: "Seconds after which no progress is a failure."}
          ReplicaSet:
            description: "ReplicaSet keeps a number of pods of one template."
            properties:
              spec:
                description: "Desired behaviour of the ReplicaSet."
                required: [selector]
                properties:
                  replicas: {type: integer, format: int32, minimum: 0, default: 1, description: "Number of desired pods."}
                  minReadySeconds:
                    {type: integer, format: int32, minimum: 0,
                     description: "Seconds that a pod must be ready to count as available."}
                  selector: {$ref: LabelSelector, description: "Labels of the pods."}
                  template: {$ref: PodTemplateSpec, description: "Describes the pods."}
              status:
                description: "Observed state of the ReplicaSet."
                x-kubernetes-preserve-unknown-fields: true
                properties:
                  replicas: {type: integer, format: int32, description: "Pods of this ReplicaSet that do not terminate."}
                  fullyLabeledReplicas: {type: integer, format: int32, description: "Those that have the template's labels."}
                  readyReplicas: {type: integer, format: int32, description: "Those that are ready."}
                  availableReplicas: {type: integer, format: int32, description: "Those that are available."}
                  observedGeneration: {type: integer, format: int64, description: "The generation that the controller has seen."}
        """#)
}
