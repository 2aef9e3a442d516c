extension SchemaFile {
    /// Pods and what they are made of. Open where upstream is wide and no part of this cluster looks.
    static let pods = SchemaFile(
        #"""
        package: io.k8s.api.core.v1
        group: ""
        version: v1
        kinds:
        - kind: Pod
          plural: pods
          shortNames: [po]
          categories: [all]
          status: true
          columns:
          - {name: Ready, description: "Ready containers of all."}
          - {name: Status, description: "What the pod is doing, in one word."}
          - {name: Restarts, description: "How often its containers were restarted."}
          - {name: Age, type: date, path: .metadata.creationTimestamp}
          - {name: IP, priority: 1}
          - {name: Node, priority: 1}
          - {name: Nominated Node, priority: 1}
          - {name: Readiness Gates, priority: 1}
        definitions:
          Pod:
            description: "Pod is a group of containers that run on a host. Here it is a sample backend."
            properties:
              spec: {$ref: PodSpec, description: "Desired behaviour of the pod."}
              status: {$ref: PodStatus, description: "Observed state of the pod."}
          PodTemplateSpec:
            description: "PodTemplateSpec describes the pods that are made from it."
            properties:
              metadata: {$ref: ObjectMeta, description: "Metadata of the pods."}
              spec: {$ref: PodSpec, description: "Desired behaviour of the pods."}
          PodSpec:
            description: "PodSpec is a description of a pod."
            required: [containers]
            properties:
              containers:
                type: array
                minItems: 1
                items: {$ref: Container}
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [name]
                x-kubernetes-patch-merge-key: name
                x-kubernetes-patch-strategy: merge
                description: "Containers of the pod; at least one."
              initContainers:
                type: array
                items: {$ref: Container}
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [name]
                x-kubernetes-patch-merge-key: name
                x-kubernetes-patch-strategy: merge
                description: "Containers that run to their end, one after the other, before the others start."
              volumes:
                type: array
                items:
                  required: [name]
                  x-kubernetes-preserve-unknown-fields: true
                  properties:
                    name: {type: string, description: "Name of the volume within the pod."}
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [name]
                x-kubernetes-patch-merge-key: name
                x-kubernetes-patch-strategy: merge,retainKeys
                description: "Volumes that containers may mount."
              restartPolicy:
                {type: string, enum: [Always, OnFailure, Never], default: Always, description: "When containers are restarted."}
              terminationGracePeriodSeconds:
                {type: integer, format: int64, minimum: 0, default: 30,
                 description: "Seconds that the pod has to end gracefully."}
              activeDeadlineSeconds:
                {type: integer, format: int64, minimum: 1, description: "Seconds after which the pod is failed."}
              dnsPolicy:
                {type: string, enum: [ClusterFirstWithHostNet, ClusterFirst, Default, None], default: ClusterFirst,
                 description: "How names are resolved."}
              nodeSelector:
                {type: object, additionalProperties: {type: string}, x-kubernetes-map-type: atomic,
                 description: "Labels that the node must have."}
              serviceAccountName: {type: string, description: "The ServiceAccount that the pod runs as."}
              serviceAccount: {type: string, description: "Old name of serviceAccountName."}
              nodeName: {type: string, description: "The node that the pod is assigned to."}
              hostNetwork: {type: boolean, description: "Whether the pod uses the host's network."}
              hostname: {type: string, description: "Hostname of the pod."}
              subdomain: {type: string, description: "Subdomain of the pod's name in DNS."}
              schedulerName: {type: string, default: default-scheduler, description: "Who assigns the pod to a node."}
              securityContext:
                {type: object, default: {}, x-kubernetes-preserve-unknown-fields: true,
                 description: "Security settings of the whole pod."}
              imagePullSecrets:
                type: array
                items: {$ref: LocalObjectReference}
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [name]
                x-kubernetes-patch-merge-key: name
                x-kubernetes-patch-strategy: merge
                description: "Secrets for pulling images."
              affinity: {type: object, x-kubernetes-preserve-unknown-fields: true, description: "Where the pod prefers to run."}
              tolerations:
                type: array
                items: {type: object, x-kubernetes-preserve-unknown-fields: true}
                description: "Taints that the pod tolerates."
              priorityClassName: {type: string, description: "The pod's priority class."}
              priority: {type: integer, format: int32, description: "The pod's priority."}
              preemptionPolicy: {type: string, description: "Whether others make room for the pod."}
              automountServiceAccountToken: {type: boolean, description: "Whether the pod gets its account's token."}
              enableServiceLinks: {type: boolean, description: "Whether services appear as environment variables."}
              dnsConfig: {type: object, x-kubernetes-preserve-unknown-fields: true, description: "Settings of name resolution."}
              hostAliases:
                type: array
                items: {type: object, x-kubernetes-preserve-unknown-fields: true}
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [ip]
                x-kubernetes-patch-merge-key: ip
                x-kubernetes-patch-strategy: merge
                description: "Lines of /etc/hosts."
              hostIPC: {type: boolean, description: "Whether the pod uses the host's IPC."}
              hostPID: {type: boolean, description: "Whether the pod sees the host's processes."}
              hostUsers: {type: boolean, description: "Whether the pod uses the host's users."}
              setHostnameAsFQDN: {type: boolean, description: "Whether the hostname is the full name."}
              shareProcessNamespace: {type: boolean, description: "Whether containers see each other's processes."}
              os: {type: object, x-kubernetes-preserve-unknown-fields: true, description: "The operating system."}
              overhead:
                {type: object, additionalProperties: {x-kubernetes-int-or-string: true}, description: "Resources of the runtime."}
              resourceClaims:
                type: array
                items: {type: object, x-kubernetes-preserve-unknown-fields: true}
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [name]
                x-kubernetes-patch-merge-key: name
                x-kubernetes-patch-strategy: merge
                description: "Resource claims."
              resources: {$ref: ResourceRequirements, description: "Compute resources of the whole pod."}
              runtimeClassName: {type: string, description: "The runtime."}
              schedulingGates:
                type: array
                items: {type: object, x-kubernetes-preserve-unknown-fields: true}
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [name]
                x-kubernetes-patch-merge-key: name
                x-kubernetes-patch-strategy: merge
                description: "What holds scheduling up."
              topologySpreadConstraints:
                type: array
                items: {type: object, x-kubernetes-preserve-unknown-fields: true}
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [topologyKey, whenUnsatisfiable]
                x-kubernetes-patch-merge-key: topologyKey
                x-kubernetes-patch-strategy: merge
                description: "How pods are spread."
              ephemeralContainers:
                type: array
                items: {type: object, x-kubernetes-preserve-unknown-fields: true}
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [name]
                x-kubernetes-patch-merge-key: name
                x-kubernetes-patch-strategy: merge
                description: "Containers for debugging."
              readinessGates:
                type: array
                items:
                  required: [conditionType]
                  properties: {conditionType: {type: string, description: "A condition of the pod."}}
                description: "Further conditions that must hold before the pod counts as ready."
          Container:
            description: "A single application container."
            required: [name]
            properties:
              name:
                type: string
                maxLength: 63
                pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
                description: "Name of the container; unique within the pod."
              image:
                {type: string, description: "Image of the container. This cluster runs martlet/sample:VERSION and nothing else."}
              imagePullPolicy: {type: string, enum: [Always, Never, IfNotPresent], description: "When the image is pulled."}
              command: {type: array, items: {type: string}, description: "Entry point in place of the image's."}
              args: {type: array, items: {type: string}, description: "Arguments of the entry point."}
              workingDir: {type: string, description: "Working directory."}
              ports:
                type: array
                items: {$ref: ContainerPort}
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [containerPort, protocol]
                x-kubernetes-patch-merge-key: containerPort
                x-kubernetes-patch-strategy: merge
                description: "Ports that the container exposes. Services may refer to them by name."
              env:
                type: array
                items: {$ref: EnvVar}
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [name]
                x-kubernetes-patch-merge-key: name
                x-kubernetes-patch-strategy: merge
                description: "Environment variables."
              envFrom:
                {type: array, items: {type: object, x-kubernetes-preserve-unknown-fields: true},
                 description: "Sources of environment variables."}
              resources: {$ref: ResourceRequirements, default: {}, description: "Compute resources that the container needs."}
              stdin: {type: boolean, description: "Whether standard input is open."}
              stdinOnce: {type: boolean, description: "Whether it is closed after the first session."}
              tty: {type: boolean, description: "Whether there is a terminal."}
              restartPolicy: {type: string, description: "Always, for an init container that goes on running."}
              resizePolicy:
                {type: array, items: {type: object, x-kubernetes-preserve-unknown-fields: true}, description: "Resizing."}
              volumeDevices:
                type: array
                items: {type: object, x-kubernetes-preserve-unknown-fields: true}
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [devicePath]
                x-kubernetes-patch-merge-key: devicePath
                x-kubernetes-patch-strategy: merge
                description: "Block devices."
              volumeMounts:
                type: array
                items:
                  required: [name, mountPath]
                  x-kubernetes-preserve-unknown-fields: true
                  properties:
                    name: {type: string, description: "Name of a volume of the pod."}
                    mountPath: {type: string, description: "Where it is mounted."}
                    readOnly: {type: boolean, description: "Whether it cannot be written."}
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [mountPath]
                x-kubernetes-patch-merge-key: mountPath
                x-kubernetes-patch-strategy: merge
                description: "Volumes that are mounted."
              livenessProbe: {$ref: Probe, description: "Tells when the container must be restarted."}
              readinessProbe: {$ref: Probe, description: "Tells when the container takes requests."}
              startupProbe: {$ref: Probe, description: "Tells when the container has started."}
              lifecycle:
                {type: object, x-kubernetes-preserve-unknown-fields: true, description: "Actions after start and before stop."}
              terminationMessagePath: {type: string, default: /dev/termination-log, description: "File with the last words."}
              terminationMessagePolicy:
                {type: string, enum: [File, FallbackToLogsOnError], default: File, description: "Where last words come from."}
              securityContext:
                {type: object, x-kubernetes-preserve-unknown-fields: true, description: "Security settings of the container."}
          ContainerPort:
            description: "A port of a container."
            required: [containerPort]
            properties:
              name: {type: string, maxLength: 15, description: "Name of the port; unique within the pod."}
              containerPort:
                {type: integer, format: int32, minimum: 1, maximum: 65535, description: "Port number within the pod."}
              protocol: {type: string, enum: [TCP, UDP, SCTP], default: TCP, description: "TCP, UDP or SCTP."}
              hostPort: {type: integer, format: int32, minimum: 0, maximum: 65535, description: "Port number on the host."}
              hostIP: {type: string, description: "Address on the host."}
          EnvVar:
            description: "An environment variable."
            required: [name]
            properties:
              name: {type: string, description: "Name of the variable."}
              value: {type: string, description: "Its value."}
              valueFrom:
                type: object
                x-kubernetes-preserve-unknown-fields: true
                description: "Where its value comes from."
                properties:
                  configMapKeyRef: {$ref: SourceKey, description: "A key of a ConfigMap."}
                  secretKeyRef: {$ref: SourceKey, description: "A key of a Secret."}
                  fieldRef: {$ref: SourceKey, description: "A field of the pod."}
                  resourceFieldRef: {$ref: SourceKey, description: "A resource of a container."}
          SourceKey:
            description: "One value of another object."
            type: object
            x-kubernetes-map-type: atomic
            x-kubernetes-preserve-unknown-fields: true
          ResourceRequirements:
            description: "Compute resources."
            properties:
              claims:
                type: array
                items: {type: object, x-kubernetes-preserve-unknown-fields: true}
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [name]
                description: "Resource claims."
              limits:
                {type: object, additionalProperties: {x-kubernetes-int-or-string: true},
                 description: "The most that the container may use."}
              requests:
                {type: object, additionalProperties: {x-kubernetes-int-or-string: true},
                 description: "What is kept for the container."}
          Probe:
            description: "A check of a container."
            properties:
              grpc: {type: object, x-kubernetes-preserve-unknown-fields: true, description: "A call of gRPC's health service."}
              terminationGracePeriodSeconds:
                {type: integer, format: int64, description: "Seconds to end gracefully when it fails."}
              httpGet:
                description: "An HTTP request that must be answered with 200 to 399."
                required: [port]
                properties:
                  path: {type: string, default: /, description: "Path of the request."}
                  port: {x-kubernetes-int-or-string: true, description: "Number or name of the port."}
                  host: {type: string, description: "Host to connect to; absent it is the pod."}
                  scheme: {type: string, enum: [HTTP, HTTPS], default: HTTP, description: "HTTP or HTTPS."}
                  httpHeaders:
                    {type: array, items: {type: object, x-kubernetes-preserve-unknown-fields: true},
                     description: "Headers to send."}
              tcpSocket:
                description: "A connection that must open."
                required: [port]
                properties:
                  port: {x-kubernetes-int-or-string: true, description: "Number or name of the port."}
                  host: {type: string, description: "Host to connect to; absent it is the pod."}
              exec: {type: object, x-kubernetes-preserve-unknown-fields: true, description: "A command that must end with 0."}
              initialDelaySeconds: {type: integer, format: int32, description: "Seconds before the first check."}
              timeoutSeconds: {type: integer, format: int32, default: 1, description: "Seconds that a check may take."}
              periodSeconds: {type: integer, format: int32, default: 10, description: "Seconds between checks."}
              successThreshold:
                {type: integer, format: int32, default: 1, description: "Successes in a row that make it healthy."}
              failureThreshold:
                {type: integer, format: int32, default: 3, description: "Failures in a row that make it unhealthy."}
          PodStatus:
            description: "Observed state of a pod."
            x-kubernetes-preserve-unknown-fields: true
            properties:
              phase:
                {type: string, enum: [Pending, Running, Succeeded, Failed, Unknown], description: "Where the pod is in its life."}
              conditions:
                type: array
                items:
                  required: [type, status]
                  x-kubernetes-preserve-unknown-fields: true
                  properties:
                    type: {type: string, description: "PodScheduled, Initialized, ContainersReady or Ready."}
                    status: {type: string, description: "True, False or Unknown."}
                    reason: {type: string, description: "Why, in one word."}
                    message: {type: string, description: "Why, for people."}
                    lastTransitionTime: {$ref: Time, nullable: true, description: "When the status last changed."}
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [type]
                x-kubernetes-patch-merge-key: type
                x-kubernetes-patch-strategy: merge
                description: "Conditions of the pod."
              message: {type: string, description: "Why the pod is in this state, for people."}
              reason: {type: string, description: "Why the pod is in this state, in one word."}
              hostIP: {type: string, description: "Address of the node."}
              podIP: {type: string, description: "Address of the pod."}
              podIPs:
                type: array
                items: {properties: {ip: {type: string, description: "An address of the pod."}}}
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [ip]
                x-kubernetes-patch-merge-key: ip
                x-kubernetes-patch-strategy: merge
                description: "Addresses of the pod."
              startTime: {$ref: Time, nullable: true, description: "When the node took the pod."}
              containerStatuses:
                type: array
                items: {type: object, x-kubernetes-preserve-unknown-fields: true}
                description: "State of each container."
              qosClass: {type: string, description: "Quality of service class."}
        """#)
}
