//! Generators, transformers and validators: only those built into kustomize, and only
//! with files of the repository.

use super::entry::{entry, inline};
use super::{File, Refusal, Walk, folded};
use tidegate_yaml::Node;

/// Annotations that name a program to run in place of a built-in plugin.
const FUNCTION_ANNOTATIONS: [&str; 2] = ["config.kubernetes.io/function", "config.k8s.io/function"];

impl Walk {
    /// A plugin's configuration, written out or in a file. A directory would be rendered
    /// first, and what comes out of that cannot be known here.
    pub(super) fn plugin(
        &mut self,
        file: &File<'_>,
        field: &str,
        node: &Node,
    ) -> Result<(), Refusal> {
        let entry = entry(file, field, node)?;
        if let Some(documents) = inline(&entry)? {
            for document in documents.iter().filter(|document| !document.is_null()) {
                // Lines within the text count from where it begins.
                self.configuration(file, field, document, node.line)?;
            }
            return Ok(());
        }
        let path = self.local_file(&entry, entry.text)?;
        let configuration = File {
            name: self.relative(&path),
            // Paths in it are relative to the kustomization that names it.
            directory: file.directory,
        };
        for document in self.read(&path, &configuration.name)? {
            if !document.is_null() {
                self.configuration(&configuration, field, &document, document.line)?;
            }
        }
        Ok(())
    }

    fn configuration(
        &mut self,
        file: &File<'_>,
        field: &str,
        document: &Node,
        line: usize,
    ) -> Result<(), Refusal> {
        let fields = file.mapping(document, field)?;
        let kind = value(fields, "kind")
            .and_then(Node::as_str)
            .unwrap_or_default();
        let is_built_in = value(fields, "apiVersion").and_then(Node::as_str) == Some("builtin");
        let refused = || Refusal::Plugin {
            place: file.place(line),
            field: field.to_owned(),
            plugin: if kind.is_empty() {
                "without a kind"
            } else {
                kind
            }
            .to_owned(),
        };
        if !is_built_in || names_function(fields) {
            return Err(refused());
        }
        match kind {
            "AnnotationsTransformer"
            | "HashTransformer"
            | "IAMPolicyGenerator"
            | "ImageTagTransformer"
            | "LabelTransformer"
            | "NamespaceTransformer"
            | "PrefixSuffixTransformer"
            | "PrefixTransformer"
            | "SuffixTransformer"
            | "ReplicaCountTransformer"
            | "ValueAddTransformer" => Ok(()),
            "PatchTransformer"
            | "PatchJson6902Transformer"
            | "ConfigMapGenerator"
            | "SecretGenerator" => self.files_in(file, kind, document),
            "PatchStrategicMergeTransformer" => self.each(file, fields, "paths", Self::patch),
            "ReplacementTransformer" => self.each(file, fields, "replacements", Self::files_in),
            "HelmChartInflationGenerator" => Err(Refusal::Helm {
                place: file.place(line),
                field: kind.to_owned(),
            }),
            _ => Err(refused()),
        }
    }

    /// Checks the items of a list, under whatever spelling kustomize takes for its name.
    fn each(
        &mut self,
        file: &File<'_>,
        fields: &[(String, Node)],
        name: &str,
        check: impl Fn(&mut Self, &File<'_>, &str, &Node) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        for (key, list) in fields {
            if folded(key) == name && !list.is_null() {
                self.each_text(file, key, list, &check)?;
            }
        }
        Ok(())
    }
}

fn value<'a>(fields: &'a [(String, Node)], name: &str) -> Option<&'a Node> {
    fields
        .iter()
        .find_map(|(key, value)| (key == name).then_some(value))
}

fn names_function(fields: &[(String, Node)]) -> bool {
    value(fields, "metadata")
        .and_then(Node::as_mapping)
        .and_then(|metadata| value(metadata, "annotations"))
        .and_then(Node::as_mapping)
        .is_some_and(|annotations| {
            FUNCTION_ANNOTATIONS
                .iter()
                .any(|name| value(annotations, name).is_some())
        })
}
