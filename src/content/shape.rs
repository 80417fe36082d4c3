//! Everything in a table that does not fit its type.
//!
//! serde stops at the first mistake. Where it has found one, the table is compared with the JSON
//! schema of the same type, so that an instructor sees all of them at once.

use std::ops::Range;

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::finding::Finding;
use super::rule::Rule;
use super::text::nearest;
use super::types::FORMAT_VERSION;

/// Makes a finding at a byte span and a field.
pub(super) type At<'a> = &'a dyn Fn(Rule, Range<usize>, &str) -> Finding;

/// The path of a field in the table at `path`.
pub(super) fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

fn schema<T: JsonSchema>() -> Value {
    SchemaGenerator::default()
        .into_root_schema_for::<T>()
        .to_value()
}

/// Refuses another format version before anything else is said about the file: its fields are
/// not ours to judge.
pub(super) fn version(table: &Spanned<DeTable<'_>>, at: At<'_>) -> Result<(), Vec<Finding>> {
    let Some(found) = table.get_ref().get("format_version") else {
        return Ok(());
    };
    match found.get_ref() {
        DeValue::Integer(number) if number.to_string() != FORMAT_VERSION.to_string() => {
            let finding = at(Rule::WrongVersion, found.span(), "format_version")
                .with("found", number)
                .with("supported", FORMAT_VERSION);
            Err(vec![finding])
        }
        _ => Ok(()),
    }
}

/// All mistakes of a table that the schema of `T` can name.
pub(super) fn findings<T: JsonSchema>(table: &Spanned<DeTable<'_>>, at: At<'_>) -> Vec<Finding> {
    let root = schema::<T>();
    let mut shape = Shape {
        definitions: root.get("$defs").cloned().unwrap_or_default(),
        at,
        findings: Vec::new(),
    };
    shape.table("", table.get_ref(), 0..0, &root);
    shape.findings
}

struct Shape<'a> {
    definitions: Value,
    at: At<'a>,
    findings: Vec<Finding>,
}

impl Shape<'_> {
    fn report(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    fn table(&mut self, path: &str, table: &DeTable<'_>, span: Range<usize>, schema: &Value) {
        let empty = Map::new();
        let known = schema["properties"].as_object().unwrap_or(&empty);
        let names = || known.keys().map(String::as_str);
        for (key, value) in table {
            let field = join(path, key.get_ref());
            if let Some(schema) = known.get(key.get_ref().as_ref()) {
                self.value(&field, value, schema);
            } else {
                let nearest = nearest(key.get_ref(), names()).unwrap_or_default();
                let finding = (self.at)(Rule::UnknownField, key.span(), &field)
                    .with("name", key.get_ref())
                    .with("nearest", nearest)
                    .with_list("known", names());
                self.report(finding);
            }
        }
        let required = schema["required"].as_array().into_iter().flatten();
        for name in required.filter_map(Value::as_str) {
            if !table.contains_key(name) {
                let finding = (self.at)(Rule::MissingField, span.clone(), &join(path, name))
                    .with("name", name);
                self.report(finding);
            }
        }
    }

    fn value(&mut self, path: &str, value: &Spanned<DeValue<'_>>, schema: &Value) {
        let schema = self.resolve(schema);
        let span = value.span();
        let allowed = constants(&schema);
        let expected = json_type(&schema);
        match value.get_ref() {
            DeValue::String(word) if !allowed.is_empty() => {
                if !allowed.contains(&word.as_ref()) {
                    let nearest = nearest(word, allowed.iter().copied()).unwrap_or_default();
                    let finding = (self.at)(Rule::UnknownValue, span, path)
                        .with("value", word)
                        .with("nearest", nearest)
                        .with_list("known", allowed);
                    self.report(finding);
                }
            }
            DeValue::String(_) if expected == "string" => {}
            DeValue::Integer(number) if expected == "integer" => {
                let number = i64::from_str_radix(number.as_str(), number.radix()).ok();
                let (min, max) = (schema["minimum"].as_i64(), schema["maximum"].as_i64());
                // A number too large for i64 is `None`, which is less than any minimum.
                let below = number < min;
                let above = max.is_some() && number > max;
                if below || above {
                    let finding = (self.at)(Rule::OutOfRange, span, path)
                        .with("found", value_text(value))
                        .with("min", min.unwrap_or(0))
                        .with("max", max.unwrap_or(i64::from(u32::MAX)));
                    self.report(finding);
                }
            }
            DeValue::Array(items) if expected == "array" => {
                for (i, item) in items.iter().enumerate() {
                    self.value(&format!("{path}[{i}]"), item, &schema["items"]);
                }
            }
            DeValue::Table(table) if expected == "object" => {
                self.table(path, table, span, &schema);
            }
            other => {
                let expected = match expected {
                    "object" => "table",
                    _ if !allowed.is_empty() => "string",
                    other => other,
                };
                let finding = (self.at)(Rule::WrongType, span, path)
                    .with("expected", expected)
                    .with("found", other.type_str());
                self.report(finding);
            }
        }
    }

    fn resolve(&self, schema: &Value) -> Value {
        match schema["$ref"]
            .as_str()
            .and_then(|path| path.rsplit('/').next())
        {
            Some(name) => self.definitions[name].clone(),
            None => schema.clone(),
        }
    }
}

fn value_text(value: &Spanned<DeValue<'_>>) -> String {
    match value.get_ref() {
        DeValue::Integer(number) => number.to_string(),
        other => other.type_str().to_owned(),
    }
}

/// The words a string may be, where the schema lists them.
fn constants(schema: &Value) -> Vec<&str> {
    let alternatives = schema["oneOf"].as_array().into_iter().flatten();
    let described = alternatives.filter_map(|one| one["const"].as_str());
    let plain = schema["enum"].as_array().into_iter().flatten();
    described.chain(plain.filter_map(Value::as_str)).collect()
}

/// The JSON type of a schema; of an optional value, the type it has when it is there.
fn json_type(schema: &Value) -> &str {
    match &schema["type"] {
        Value::String(name) => name,
        Value::Array(names) => names
            .iter()
            .filter_map(Value::as_str)
            .find(|name| *name != "null")
            .unwrap_or("string"),
        _ => "string",
    }
}
