extension SchemaFile {
    /// Ingresses and their classes.
    static let networking = SchemaFile(
        #"""
        package: io.k8s.api.networking.v1
        group: networking.k8s.io
        version: v1
        kinds:
        - kind: Ingress
          plural: ingresses
          shortNames: [ing]
          status: true
          columns:
          - {name: Class, description: "The class of gateways that serve it."}
          - {name: Hosts, description: "Hosts of its rules."}
          - {name: Address, description: "Where it is reached."}
          - {name: Ports, description: "80, and 443 when it has TLS."}
          - {name: Age, type: date, path: .metadata.creationTimestamp}
        - kind: IngressClass
          plural: ingressclasses
          scope: Cluster
          columns:
          - {name: Controller, path: .spec.controller}
          - {name: Parameters, description: "Further configuration."}
          - {name: Age, type: date, path: .metadata.creationTimestamp}
        definitions:
          Ingress:
            description: "Ingress is a set of rules by which requests from outside reach services, by host and path."
            properties:
              spec:
                description: "Desired state of the Ingress."
                properties:
                  ingressClassName:
                    {type: string, description: "The class of gateways that serve the Ingress; absent, the default class does."}
                  defaultBackend: {$ref: IngressBackend, description: "Gets the requests that no rule matches."}
                  tls:
                    type: array
                    items: {$ref: IngressTLS}
                    x-kubernetes-list-type: atomic
                    description: "Certificates for hosts."
                  rules:
                    type: array
                    items: {$ref: IngressRule}
                    x-kubernetes-list-type: atomic
                    description: "Rules by host. Absent, everything goes to the default backend."
              status:
                description: "Observed state of the Ingress."
                properties:
                  loadBalancer:
                    description: "Where the Ingress is reached."
                    properties:
                      ingress:
                        type: array
                        x-kubernetes-list-type: atomic
                        description: "Addresses."
                        items:
                          properties:
                            ip: {type: string, description: "An address."}
                            hostname: {type: string, description: "A name."}
                            ports:
                              type: array
                              items: {type: object, x-kubernetes-preserve-unknown-fields: true}
                              description: "Ports and what is wrong with them."
          IngressTLS:
            description: "A certificate and the hosts it is for."
            properties:
              hosts:
                {type: array, items: {type: string}, x-kubernetes-list-type: atomic, description: "Hosts of the certificate."}
              secretName: {type: string, description: "A Secret of type kubernetes.io/tls."}
          IngressRule:
            description: "Paths of a host."
            properties:
              host: {type: string, description: "A name, or *.name for any one label before it. Absent, any host."}
              http:
                description: "What HTTP requests lead to."
                required: [paths]
                properties:
                  paths:
                    type: array
                    minItems: 1
                    items: {$ref: HTTPIngressPath}
                    x-kubernetes-list-type: atomic
                    description: "Paths and their backends."
          HTTPIngressPath:
            description: "A path and its backend."
            required: [pathType, backend]
            properties:
              path: {type: string, pattern: "^/", description: "Path that is matched; must begin with a slash."}
              pathType:
                type: string
                enum: [Exact, ImplementationSpecific, Prefix]
                description: "Exact: the path itself. Prefix: element by element. ImplementationSpecific: as Prefix."
              backend: {$ref: IngressBackend, description: "What the requests lead to."}
          IngressBackend:
            description: "A service and its port, or another resource."
            properties:
              service:
                description: "A service in the Ingress's namespace."
                required: [name]
                properties:
                  name: {type: string, description: "Name of the service."}
                  port:
                    description: "Port of the service: a name or a number."
                    properties:
                      name: {type: string, description: "Name of the port."}
                      number: {type: integer, format: int32, minimum: 1, maximum: 65535, description: "Number of the port."}
                    x-kubernetes-map-type: atomic
              resource:
                description: "Another object in the Ingress's namespace. Martlet refuses it with a reason."
                required: [kind, name]
                properties:
                  apiGroup: {type: string, description: "Group of the object."}
                  kind: {type: string, description: "Kind of the object."}
                  name: {type: string, description: "Name of the object."}
                x-kubernetes-map-type: atomic
          IngressClass:
            description: "IngressClass names a class of gateways and who serves it."
            properties:
              spec:
                description: "Desired state of the IngressClass."
                properties:
                  controller:
                    {type: string, maxLength: 250, description: "Who serves the class, such as martlet.dev/ingress-controller."}
                  parameters:
                    description: "An object with further configuration."
                    required: [kind, name]
                    properties:
                      apiGroup: {type: string, description: "Group of the object."}
                      kind: {type: string, description: "Kind of the object."}
                      name: {type: string, description: "Name of the object."}
                      namespace: {type: string, description: "Namespace of the object."}
                      scope: {type: string, enum: [Cluster, Namespace], default: Cluster, description: "Cluster or Namespace."}
        """#)
}
