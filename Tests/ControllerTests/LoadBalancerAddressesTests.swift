import Documents
import Testing

@testable import Controller

@Suite struct LoadBalancerAddressesTests {
    @Test func `addresses and names are told apart and written once`() {
        let addresses = LoadBalancerAddresses(["192.0.2.1", "edge.example.com", "192.0.2.1", "2001:db8::1"])
        #expect(addresses.entries == [["ip": "192.0.2.1"], ["hostname": "edge.example.com"], ["ip": "2001:db8::1"]])
    }

    @Test func `a Service is reached at its load balancer and external addresses, else in the cluster`() {
        func entries(_ service: Value) -> [Value] { LoadBalancerAddresses(ofService: service).entries }
        #expect(
            entries([
                "spec": ["type": "LoadBalancer", "clusterIP": "10.0.0.1", "externalIPs": ["192.0.2.7"]],
                "status": ["loadBalancer": ["ingress": [["hostname": "lb.example.com"], ["ip": "192.0.2.8"]]]],
            ]) == [["hostname": "lb.example.com"], ["ip": "192.0.2.8"], ["ip": "192.0.2.7"]])
        // Its load balancer has no address yet.
        #expect(entries(["spec": ["type": "LoadBalancer", "clusterIP": "10.0.0.1"]]).isEmpty)
        #expect(entries(["spec": ["type": "ClusterIP", "clusterIP": "10.0.0.1"]]) == [["ip": "10.0.0.1"]])
        #expect(entries(["spec": ["type": "ClusterIP", "clusterIP": "None"]]).isEmpty)
        #expect(entries(["spec": ["type": "ExternalName", "externalName": "x.example.com"]]) == [["hostname": "x.example.com"]])
    }

    @Test func `what is written already is recognised, whatever ports somebody added`() {
        let addresses = LoadBalancerAddresses(["192.0.2.1"])
        #expect(addresses.isWritten(in: ["status": ["loadBalancer": ["ingress": [["ip": "192.0.2.1", "ports": [80]]]]]]))
        #expect(!addresses.isWritten(in: ["status": ["loadBalancer": ["ingress": [["ip": "192.0.2.2"]]]]]))
        #expect(!addresses.isWritten(in: [:]))
        #expect(LoadBalancerAddresses.none.isWritten(in: [:]))
    }
}
