extension SchemaFile {
    /// Services and where they lead.
    static let services = SchemaFile(
        #"""
        package: io.k8s.api.core.v1
        group: ""
        version: v1
        kinds:
        - kind: Service
          plural: services
          shortNames: [svc]
          categories: [all]
          status: true
          columns:
          - {name: Type, path: .spec.type, description: "How the service is exposed."}
          - {name: Cluster-IP, description: "Address of the service within the cluster."}
          - {name: External-IP, description: "Addresses outside."}
          - {name: Port(s), description: "Ports of the service."}
          - {name: Age, type: date, path: .metadata.creationTimestamp}
          - {name: Selector, priority: 1, description: "Labels of its pods."}
        - kind: Endpoints
          plural: endpoints
          shortNames: [ep]
          columns:
          - {name: Endpoints, description: "Addresses and ports."}
          - {name: Age, type: date, path: .metadata.creationTimestamp}
        definitions:
          Service:
            description: "Service is a name for a set of pods and the ports on which they are reached."
            properties:
              spec: {$ref: ServiceSpec, description: "Behaviour of the service."}
              status:
                description: "State of the service."
                properties:
                  loadBalancer: {$ref: LoadBalancerStatus, description: "Addresses of the load balancer."}
                  conditions:
                    type: array
                    items: {$ref: Condition}
                    x-kubernetes-list-type: map
                    x-kubernetes-list-map-keys: [type]
                    x-kubernetes-patch-merge-key: type
                    x-kubernetes-patch-strategy: merge
                    description: "Conditions of the service."
          ServiceSpec:
            description: "ServiceSpec says which pods a service stands for, and how it is reached."
            properties:
              trafficDistribution: {type: string, description: "Which endpoints are preferred."}
              ports:
                type: array
                items: {$ref: ServicePort}
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [port, protocol]
                x-kubernetes-patch-merge-key: port
                x-kubernetes-patch-strategy: merge
                description: "Ports of the service."
              selector:
                type: object
                additionalProperties: {type: string}
                x-kubernetes-map-type: atomic
                description: "Labels of the pods that the service leads to. Without it endpoints are managed by others."
              type:
                {type: string, enum: [ClusterIP, ExternalName, LoadBalancer, NodePort], default: ClusterIP,
                 description: "How the service is exposed."}
              clusterIP: {type: string, description: "Address within the cluster; None for a headless service."}
              clusterIPs:
                {type: array, items: {type: string}, x-kubernetes-list-type: atomic, description: "Addresses within the cluster."}
              externalIPs:
                {type: array, items: {type: string}, x-kubernetes-list-type: atomic,
                 description: "Further addresses that lead here."}
              externalName: {type: string, description: "The DNS name that a service of type ExternalName stands for."}
              externalTrafficPolicy: {type: string, enum: [Cluster, Local], description: "How traffic from outside is spread."}
              internalTrafficPolicy:
                {type: string, enum: [Cluster, Local], default: Cluster, description: "How traffic from inside is spread."}
              sessionAffinity:
                {type: string, enum: [ClientIP, None], default: None, description: "Whether clients stay with a pod."}
              sessionAffinityConfig:
                {type: object, x-kubernetes-preserve-unknown-fields: true, description: "How long they stay."}
              loadBalancerIP: {type: string, description: "The address that the load balancer should have."}
              loadBalancerClass: {type: string, description: "The load balancer that the service belongs to."}
              loadBalancerSourceRanges:
                {type: array, items: {type: string}, x-kubernetes-list-type: atomic, description: "Who may come in."}
              allocateLoadBalancerNodePorts: {type: boolean, description: "Whether node ports are allocated."}
              healthCheckNodePort: {type: integer, format: int32, description: "Port of the health check."}
              publishNotReadyAddresses: {type: boolean, description: "Whether pods count before they are ready."}
              ipFamilies: {type: array, items: {type: string}, x-kubernetes-list-type: atomic, description: "IPv4 and IPv6."}
              ipFamilyPolicy:
                {type: string, enum: [SingleStack, PreferDualStack, RequireDualStack], description: "How many families."}
          ServicePort:
            description: "A port of a service."
            required: [port]
            properties:
              name: {type: string, description: "Name of the port; needed when there are several."}
              port:
                {type: integer, format: int32, minimum: 1, maximum: 65535,
                 description: "The port on which clients reach the service."}
              targetPort:
                {x-kubernetes-int-or-string: true, description: "Number or name of the port of the pods; absent it is port."}
              protocol: {type: string, enum: [TCP, UDP, SCTP], default: TCP, description: "TCP, UDP or SCTP."}
              appProtocol: {type: string, description: "What the port speaks, such as kubernetes.io/h2c."}
              nodePort: {type: integer, format: int32, minimum: 0, maximum: 65535, description: "Port on every node."}
          LoadBalancerStatus:
            description: "Addresses of a load balancer."
            properties:
              ingress:
                type: array
                x-kubernetes-list-type: atomic
                description: "Where traffic may come in."
                items:
                  properties:
                    ip: {type: string, description: "An address."}
                    ipMode: {type: string, description: "VIP or Proxy."}
                    hostname: {type: string, description: "A name."}
                    ports:
                      type: array
                      items: {type: object, x-kubernetes-preserve-unknown-fields: true}
                      description: "Ports of the load balancer and what is wrong with them."
          Endpoints:
            description: "Endpoints is the older list of the addresses of a service; EndpointSlice replaces it."
            properties:
              subsets:
                type: array
                items: {$ref: EndpointSubset}
                x-kubernetes-list-type: atomic
                description: "Groups of addresses with common ports."
          EndpointSubset:
            description: "Addresses with common ports: each address has each port."
            properties:
              addresses:
                {type: array, items: {$ref: EndpointAddress}, x-kubernetes-list-type: atomic,
                 description: "Addresses that are ready."}
              notReadyAddresses:
                {type: array, items: {$ref: EndpointAddress}, x-kubernetes-list-type: atomic,
                 description: "Addresses that are not."}
              ports:
                type: array
                x-kubernetes-list-type: atomic
                description: "Ports of the addresses."
                items:
                  required: [port]
                  x-kubernetes-map-type: atomic
                  properties:
                    name: {type: string, description: "Name of the port of the service."}
                    port: {type: integer, format: int32, description: "Number of the port."}
                    protocol: {type: string, enum: [TCP, UDP, SCTP], default: TCP, description: "TCP, UDP or SCTP."}
                    appProtocol: {type: string, description: "What the port speaks."}
          EndpointAddress:
            description: "One address."
            required: [ip]
            properties:
              ip: {type: string, description: "The address. Unlike a real cluster this one accepts loopback."}
              hostname: {type: string, description: "Hostname of the endpoint."}
              nodeName: {type: string, description: "Node of the endpoint."}
              targetRef: {$ref: ObjectReference, description: "The pod."}
            x-kubernetes-map-type: atomic
        """#)

    static let discovery = SchemaFile(
        #"""
        package: io.k8s.api.discovery.v1
        group: discovery.k8s.io
        version: v1
        kinds:
        - kind: EndpointSlice
          plural: endpointslices
          columns:
          - {name: AddressType, path: .addressType}
          - {name: Ports, description: "Ports of the endpoints."}
          - {name: Endpoints, description: "Addresses of the endpoints."}
          - {name: Age, type: date, path: .metadata.creationTimestamp}
        definitions:
          EndpointSlice:
            description: "EndpointSlice is a part of a service's endpoints. There is one slice for each distinct set of ports."
            required: [addressType, endpoints]
            properties:
              addressType: {type: string, enum: [FQDN, IPv4, IPv6], description: "Kind of the addresses."}
              endpoints:
                type: array
                maxItems: 1000
                items: {$ref: Endpoint}
                x-kubernetes-list-type: atomic
                description: "The endpoints."
              ports:
                type: array
                maxItems: 100
                x-kubernetes-list-type: atomic
                description: "Ports that each endpoint of the slice has."
                items:
                  x-kubernetes-map-type: atomic
                  properties:
                    name: {type: string, default: "", description: "Name of the port of the service."}
                    port: {type: integer, format: int32, minimum: 0, maximum: 65535, description: "Number of the port."}
                    protocol: {type: string, enum: [TCP, UDP, SCTP], default: TCP, description: "TCP, UDP or SCTP."}
                    appProtocol: {type: string, description: "What the port speaks."}
          Endpoint:
            description: "A logical endpoint of a service."
            required: [addresses]
            properties:
              addresses:
                type: array
                minItems: 1
                maxItems: 100
                items: {type: string}
                x-kubernetes-list-type: set
                description: "Its addresses. Unlike a real cluster this one accepts loopback."
              conditions:
                description: "Its state."
                properties:
                  ready: {type: boolean, description: "Whether it takes new requests; absent means true."}
                  serving: {type: boolean, description: "Whether it answers requests, also while it is terminating."}
                  terminating: {type: boolean, description: "Whether it is going away."}
              hostname: {type: string, description: "Its hostname."}
              nodeName: {type: string, description: "Its node."}
              zone: {type: string, description: "Its zone."}
              targetRef: {$ref: ObjectReference, description: "Its pod."}
              deprecatedTopology:
                {type: object, additionalProperties: {type: string}, description: "Topology of the first version."}
              hints: {type: object, x-kubernetes-preserve-unknown-fields: true, description: "Who should use it."}
        """#)
}
