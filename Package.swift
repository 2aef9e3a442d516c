// swift-tools-version: 6.1
// Martlet's floors. A target may depend only on strictly lower floors (Telemetry on Base excepted);
// scripts/check-floors reads the imports and fails where one climbs. See docs/architecture.md.
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),
    .unsafeFlags(["-strict-memory-safety", "-warnings-as-errors"]),
    // Hot generics cross targets: without this a container costs 199 ns an operation, with it 23 (docs/adr/0004).
    .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
]

let cSettings: [CSetting] = [.unsafeFlags(["-O2", "-Wall", "-Wextra", "-Werror"])]

/// - Parameter isMeasured: the objects of a release can be linked with what measures them from within, as scripts/gates does.
func room(_ name: String, _ dependencies: [Target.Dependency] = [], isMeasured: Bool = false) -> Target {
    let measured: [SwiftSetting] = [.unsafeFlags(["-enable-testing"], .when(configuration: .release))]
    return .target(name: name, dependencies: dependencies, swiftSettings: settings + (isMeasured ? measured : []))
}

func library(_ name: String, links: [String] = [], beside others: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: others, cSettings: cSettings, linkerSettings: links.map { .linkedLibrary($0) })
}

func tests(_ name: String, _ dependencies: [Target.Dependency], cases: Bool = false) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, exclude: cases ? ["Cases"] : [],
        swiftSettings: settings.filter { _ in true })
}

let package = Package(
    name: "martlet",
    products: [.executable(name: "martlet", targets: ["martlet"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
    ],
    targets: [
        // Floor 0: system libraries (exactly one importer each) and Base.
        library("CLinux"),
        library("CAres", links: ["cares"]),
        library("CPool"),
        library("COpenSSL", links: ["ssl", "crypto"], beside: ["CPool"]),
        library("CCurl", links: ["curl"]),
        library("CYAML", links: ["yaml"]),
        library("CPCRE2", links: ["pcre2-8"]),
        library("CNGHTTP2", links: ["nghttp2"], beside: ["CPool"]),
        room("Base"),
        // Floor 1
        room("Telemetry", ["Base"]),
        // Floor 2: bytes in, values out.
        room("HTTP", ["Base", "Telemetry", "CNGHTTP2"]),
        room("Secure", ["Base", "COpenSSL"]),
        room("Documents", ["Base", "CYAML"]),
        room("Patterns", ["Base", "CPCRE2"]),
        // Floor 3: the routing graph, and the only doors to the outside world.
        room("Graph", ["Base", "HTTP", "Documents"]),
        room("Reactor", ["Base", "CLinux", "CAres"]),
        room("Fetch", ["Base", "Telemetry", "CCurl"]),
        room("Configuration", ["Base", "Documents"]),
        // Floor 4
        room("Pipeline", ["Base", "Telemetry", "HTTP", "Documents", "Graph"]),
        room("Serving", ["Base", "Telemetry", "HTTP", "Secure", "Reactor"]),
        // Floor 5
        room("Kubernetes", ["Base", "Telemetry", "Documents", "Fetch"]),
        room("Resources", ["Base", "Documents"]),
        room("Policies", ["Base", "Telemetry", "HTTP", "Documents", "Patterns", "Pipeline", "Graph"]),
        room("Balancing", ["Base", "Telemetry", "Graph"]),
        // Floor 6
        room("Translator", ["Base", "HTTP", "Secure", "Documents", "Patterns", "Graph", "Resources"]),
        room("Rollouts", ["Base", "Documents", "Resources"]),
        room(
            "Engine",
            [
                "Base", "Telemetry", "HTTP", "Secure", "Patterns", "Graph", "Reactor", "Pipeline", "Policies", "Balancing",
            ], isMeasured: true),
        // Floor 7
        room(
            "Controller",
            ["Base", "Telemetry", "Documents", "Graph", "Fetch", "Kubernetes", "Resources", "Rollouts", "Translator"]),
        room(
            "LastGood",
            ["Base", "Telemetry", "Documents", "Secure", "Reactor", "Resources", "Translator"]),
        room(
            "Peers",
            ["Base", "Telemetry", "Documents", "Secure", "Reactor", "Fetch", "Serving", "Kubernetes", "Resources"]),
        room("Health", ["Base", "Telemetry", "Graph", "Reactor", "Fetch", "Engine"]),
        room("Admin", ["Base", "Telemetry", "HTTP", "Documents", "Patterns", "Graph", "Serving", "Engine"]),
        room(
            "DevCluster",
            ["Base", "Telemetry", "HTTP", "Secure", "Documents", "Patterns", "Resources", "Reactor", "Serving"]),
        // Floor 8
        .executableTarget(
            name: "martlet",
            dependencies: [
                "Base", "Telemetry", "HTTP", "Documents", "Graph", "Reactor", "Fetch", "Kubernetes", "Resources", "Translator",
                "Engine", "Controller", "Health", "Admin", "DevCluster", "Serving", "Secure", "Configuration", "LastGood",
                "Peers", "Rollouts",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),
        // Tests
        .executableTarget(
            name: "journal-writer", dependencies: ["DevCluster", "Documents", "Reactor"], path: "Tests/JournalWriter",
            swiftSettings: settings),
        .executableTarget(name: "planted-mistakes", path: "Tests/PlantedMistakes", swiftSettings: settings),
        .target(name: "TestKit", path: "Tests/TestKit", swiftSettings: settings),
        tests("BaseTests", ["Base", "TestKit"]),
        tests("TelemetryTests", ["Telemetry", "TestKit"]),
        tests("HTTPTests", ["Base", "HTTP", "TestKit"]),
        tests("SecureTests", ["Base", "Secure", "TestKit"]),
        tests("DocumentsTests", ["Base", "Documents", "TestKit"]),
        tests("PatternsTests", ["Patterns", "TestKit"]),
        tests("GraphTests", ["Base", "Graph", "TestKit"]),
        tests("ReactorTests", ["Base", "Reactor", "TestKit"]),
        tests("ConfigurationTests", ["Configuration", "Documents", "TestKit"], cases: true),
        tests("LastGoodTests", ["Base", "Documents", "LastGood", "Reactor", "Resources", "Telemetry", "TestKit", "Translator"]),
        tests("FetchTests", ["Fetch", "TestKit"]),
        tests("ServingTests", ["Base", "Reactor", "Secure", "Serving", "TestKit"]),
        tests("KubernetesTests", ["Kubernetes", "Base", "Documents", "Fetch", "TestKit"], cases: true),
        tests("ResourcesTests", ["Resources", "Documents", "Pipeline", "TestKit"], cases: true),
        tests("BalancingTests", ["Balancing", "Base", "TestKit"]),
        tests("PoliciesTests", ["Documents", "Graph", "HTTP", "Pipeline", "Policies", "TestKit"], cases: true),
        tests("TranslatorTests", ["Translator", "Base", "Documents", "Graph", "Resources", "Secure", "TestKit"], cases: true),
        tests(
            "EngineTests",
            [
                "Engine", "Graph", "HTTP", "Pipeline", "Patterns", "Balancing", "Base", "Telemetry", "Reactor", "Documents",
                "Secure", "TestKit",
            ], cases: true),
        tests("RolloutsTests", ["Base", "Documents", "Resources", "Rollouts", "TestKit"], cases: true),
        tests(
            "ControllerTests",
            [
                "Base", "Controller", "Documents", "Fetch", "Graph", "Kubernetes", "Resources", "Rollouts", "Secure", "Telemetry",
                "TestKit", "Translator",
            ],
            cases: true),
        tests(
            "PeersTests",
            [
                "Base", "DevCluster", "Documents", "Fetch", "Kubernetes", "Peers", "Reactor", "Resources", "Secure", "Serving",
                "Telemetry", "TestKit",
            ], cases: true),
        tests("HealthTests", ["Health", "Base", "Engine", "Graph", "Serving", "TestKit"]),
        tests("AdminTests", ["Admin", "Base", "Documents", "Graph", "TestKit"]),
        tests(
            "DevClusterTests",
            [
                "DevCluster", "Base", "Documents", "Fetch", "Kubernetes", "Reactor", "Secure", "Serving", "TestKit",
                "journal-writer",
            ], cases: true),
    ]
)
