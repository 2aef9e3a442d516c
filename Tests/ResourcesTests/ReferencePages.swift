import Documents
import Pipeline
import Resources

/// Reference pages as the declarations say them.
enum ReferencePages {
    private static let notice = "<!-- Made by `make generate`. Change the declarations instead. -->\n\n"

    static var route: String {
        var page = notice + "# Route (\(Route.kind.apiVersion))\n\n"
        page += "How a Route decides is told in [routes.md](../routes.md). Fields in **bold** are required.\n\n"
        page += "| field | type | meaning |\n|---|---|---|\n"
        append(Route.shape.fields(), below: "", to: &page)
        return page
    }

    static var rollout: String {
        var page = notice + "# Rollout (\(Rollout.kind.apiVersion))\n\n"
        page += "How a Rollout decides is told in [rollouts.md](../rollouts.md). Fields in **bold** are required.\n\n"
        page += "| field | type | meaning |\n|---|---|---|\n"
        append(Rollout.shape.fields(), below: "", to: &page)
        return page
    }

    private static func append(_ fields: [FieldDoc], below path: String, to page: inout String) {
        for field in fields {
            let name = path + field.name
            let isList = field.typeName.hasPrefix("list of")
            page += "| \(field.isRequired ? "**`\(name)`**" : "`\(name)`") | \(field.typeName) | \(field.doc) |\n"
            append(field.children(), below: name + (isList ? "[]." : "."), to: &page)
        }
    }

    static var annotations: String {
        var page = notice + "# Annotations\n\n## Of Services\n\n"
        page +=
            "They reach within the Service's namespace only, and work whichever route leads to the Service. An unknown annotation\n"
        page +=
            "that begins with `\(ServiceAnnotation.prefix)` has no effect and is reported as an Event and by `martlet check`.\n\n"
        page += "| annotation | value | meaning |\n|---|---|---|\n"
        for annotation in ServiceAnnotation.allCases { page += row(annotation) }
        page += "\n## Of Ingresses\n\n| annotation | value | meaning |\n|---|---|---|\n"
        for annotation in IngressAnnotation.allCases {
            page += row(annotation.rawValue, annotation.syntax, annotation.meaning)
        }
        page += "\n## Of Rollouts\n\n| annotation | value | meaning |\n|---|---|---|\n"
        page += row(
            Rollout.commandAnnotation, "`promote@REVISION/STEP`, `pause@REVISION/STEP`, `abort@REVISION/STEP`",
            "What is done about the cycle under way, if that is its revision and step; `martlet rollout` writes it. See [rollouts.md](../rollouts.md)."
        )
        return page
    }

    private static func row(_ annotation: ServiceAnnotation) -> String {
        row(annotation.rawValue, annotation.syntax, annotation.meaning)
    }

    private static func row(_ name: String, _ syntax: String, _ meaning: String) -> String {
        "| `\(name)` | \(syntax) | \(meaning) |\n"
    }

    static var reasons: String {
        var page = notice + "# Reasons\n\n"
        page +=
            "Why an answer is what it is: the same code stands in the access log, in the label `reason` of metrics, and in local answers.\n\n"
        page += "| code | status | meaning |\n|---|---|---|\n"
        for reason in Reason.allCases {
            page += "| `\(reason.code)` | \(reason == .ok ? "any" : "\(reason.status)") | \(reason.meaning) |\n"
        }
        return page
    }
}
