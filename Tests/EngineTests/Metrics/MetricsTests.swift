import Base
@testable import Engine
import Foundation
import Pipeline
import Telemetry
import Testing

/// Counters of workers, summed when they are read.
@Suite struct MetricsTests {
    private func exchange(_ series: Int32, _ status: UInt16, _ reason: Reason = .ok, milliseconds: UInt64) -> Exchange {
        var x = Exchange()
        x.series = series
        x.status = status
        x.reason = reason
        x.bytes.received = 10
        x.bytes.sent = 100
        x.times.start = Instant(nanoseconds: 1_000_000)
        x.times.end = Instant(nanoseconds: 1_000_000 + milliseconds * 1_000_000)
        return x
    }

    @Test func `what a Rollout judges by is counted for each arm, cut answers among the failures`() {
        let plans = PlanStore()
        let stable = plans.series(SeriesName(rule: "shop/checkout", arm: "stable"))
        let canary = plans.series(SeriesName(rule: "shop/checkout", arm: "canary"))
        _ = plans.series(SeriesName(rule: "shop/checkout", arm: ""))
        _ = plans.series(SeriesName(rule: "shop/other", arm: "canary"))
        let registry = MetricsRegistry(workers: 2, plans: plans)
        registry.view(worker: 0).finished(exchange(stable, 200, milliseconds: 1))
        registry.view(worker: 1).finished(exchange(stable, 404, milliseconds: 1))
        registry.view(worker: 0).finished(exchange(canary, 200, milliseconds: 1))
        registry.view(worker: 0).finished(exchange(canary, 500, milliseconds: 100_000))
        registry.view(worker: 1).finished(exchange(canary, 502, .connectFailed, milliseconds: 1))
        // The head was on its way already.
        registry.view(worker: 1).finished(exchange(canary, 200, .upstreamClosed, milliseconds: 1))
        // Clients that leave are no fault of the arm.
        registry.view(worker: 1).finished(exchange(canary, 499, .clientGone, milliseconds: 1))
        let arms = registry.arms(of: "shop/checkout")
        #expect(arms.map(\.arm) == ["stable", "canary"])
        #expect(arms.map(\.requests) == [2, 5])
        #expect(arms.map(\.failures) == [0, 3])
        #expect(arms.map { $0.buckets.reduce(0, +) } == [2, 5])
        #expect(arms.map(\.buckets.last) == [0, 1])
        #expect(arms.allSatisfy { $0.buckets.count == ArmFigures.bounds.count + 1 })
        #expect(registry.arms(of: "shop/unknown").isEmpty)
    }

    @Test func `a request for a divided Service counts for its rule, and apart from it for where it went`() {
        let plans = PlanStore()
        let rule = plans.series(SeriesName(rule: "shop/checkout", arm: ""))
        let next = plans.series(SeriesName(rule: "Service/shop/web", arm: "next", isOfDetour: true))
        let registry = MetricsRegistry(workers: 1, plans: plans)
        var one = exchange(rule, 500, milliseconds: 3)
        one.detourSeries = next
        registry.view(worker: 0).finished(one)
        #expect(registry.arms(of: "Service/shop/web").map(\.failures) == [1])
        var page = Exposition()
        registry.write(&page, accessLogDropped: 0)
        let lines = page.text.split(separator: "\n").map(String.init)
        #expect(lines.contains(#"martlet_requests_total{rule="shop/checkout",arm="",code="5xx"} 1"#))
        #expect(lines.contains(#"martlet_service_requests_total{rule="Service/shop/web",arm="next",code="5xx"} 1"#))
        #expect(!lines.contains { $0.hasPrefix("martlet_request") && $0.contains("Service/shop/web") })
        one.reset()
        #expect(one.detourSeries == -1)
    }

    @Test func `requests of all workers are summed by rule, arm and class`() {
        let plans = PlanStore()
        let stable = plans.series(SeriesName(rule: "shop/checkout", arm: "stable"))
        let canary = plans.series(SeriesName(rule: "shop/checkout", arm: "canary"))
        let unused = plans.series(SeriesName(rule: "shop/unused", arm: ""))
        #expect(unused > canary)
        let registry = MetricsRegistry(workers: 2, plans: plans)
        for worker in 0..<2 {
            registry.view(worker: worker).finished(exchange(stable, 200, milliseconds: 1))
            registry.view(worker: worker).finished(exchange(stable, 204, milliseconds: 3))
        }
        registry.view(worker: 1).finished(exchange(canary, 503, .noEndpoints, milliseconds: 0))
        registry.view(worker: 0).finished(exchange(-1, 404, .noRoute, milliseconds: 100_000))
        registry.view(worker: 1).serves(generation: 7)
        registry.view(worker: 0).accepted()
        registry.view(worker: 1).accepted()
        registry.view(worker: 1).closed()
        registry.view(worker: 1).add(.retries, 3)
        var text = Exposition()
        registry.write(&text, accessLogDropped: 5)
        let lines = text.text.split(separator: "\n").map(String.init)
        for wanted in [
            #"martlet_requests_total{rule="shop/checkout",arm="stable",code="2xx"} 4"#,
            #"martlet_requests_total{rule="shop/checkout",arm="canary",code="5xx"} 1"#,
            #"martlet_requests_total{rule="unmatched",arm="",code="4xx"} 1"#,
            #"martlet_request_duration_seconds_bucket{rule="shop/checkout",arm="stable",le="0.0005"} 0"#,
            #"martlet_request_duration_seconds_bucket{rule="shop/checkout",arm="stable",le="0.001"} 2"#,
            #"martlet_request_duration_seconds_bucket{rule="shop/checkout",arm="stable",le="0.0025"} 2"#,
            #"martlet_request_duration_seconds_bucket{rule="shop/checkout",arm="stable",le="0.005"} 4"#,
            #"martlet_request_duration_seconds_bucket{rule="unmatched",arm="",le="60"} 0"#,
            #"martlet_request_duration_seconds_bucket{rule="unmatched",arm="",le="+Inf"} 1"#,
            #"martlet_request_duration_seconds_sum{rule="shop/checkout",arm="stable"} 0.008"#,
            #"martlet_request_duration_seconds_count{rule="shop/checkout",arm="stable"} 4"#,
            #"martlet_request_bytes_total{rule="shop/checkout",arm="stable"} 40"#,
            #"martlet_response_bytes_total{rule="shop/checkout",arm="canary"} 100"#,
            #"martlet_local_replies_total{reason="NoEndpoints"} 1"#, #"martlet_local_replies_total{reason="NoRoute"} 1"#,
            "martlet_downstream_connections 1", "martlet_downstream_connections_total 2", "martlet_upstream_retries_total 3",
            "martlet_access_log_dropped_total 5", #"martlet_graph_generation{worker="0"} 0"#,
            #"martlet_graph_generation{worker="1"} 7"#, "# TYPE martlet_requests_total counter",
            "# TYPE martlet_request_duration_seconds histogram",
        ] { #expect(lines.contains(wanted), "\(wanted)") }
        #expect(!lines.contains { $0.contains("unused") })
        let families = lines.filter { $0.hasPrefix("# TYPE") }
        #expect(Set(families).count == families.count)
    }

    @Test func `a duration counts in the first bucket that holds it`() {
        for (i, bound) in Latency.bounds.enumerated() {
            #expect(Latency.bucket(bound) == i)
            #expect(Latency.bucket(bound + 1) == i + 1)
        }
        #expect(Latency.bucket(0) == 0)
    }

    @Test func `a series beyond the cap counts as unmatched and not as somebody else's`() {
        let registry = MetricsRegistry(workers: 1, plans: PlanStore())
        registry.view(worker: 0).finished(exchange(Int32.max, 200, milliseconds: 1))
        registry.view(worker: 0).finished(exchange(Int32(PlanStore.maximumSeries - 1), 200, milliseconds: 1))
        var text = Exposition()
        registry.write(&text, accessLogDropped: 0)
        #expect(text.text.contains(#"martlet_requests_total{rule="unmatched",arm="",code="2xx"} 1"#))
    }

    @Test func `counting from several threads loses nothing while it is read`() async {
        let plans = PlanStore()
        let series = plans.series(SeriesName(rule: "r", arm: ""))
        let registry = MetricsRegistry(workers: 4, plans: plans)
        await withTaskGroup(of: Void.self) { group in
            for worker in 0..<4 {
                group.addTask {
                    let x = exchange(series, 200, milliseconds: 1)
                    for _ in 0..<10_000 { registry.view(worker: worker).finished(x) }
                }
            }
            group.addTask {
                for _ in 0..<20 {
                    var text = Exposition()
                    registry.write(&text, accessLogDropped: 0)
                }
            }
        }
        var text = Exposition()
        registry.write(&text, accessLogDropped: 0)
        #expect(text.text.contains(#"martlet_requests_total{rule="r",arm="",code="2xx"} 40000"#))
    }
}
