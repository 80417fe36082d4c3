//! Everything that is wrong with what the companion says.

use std::collections::HashMap;

use super::{
    EXCHANGES, Exchange, ExchangeFile, HELD_OUT, HELD_OUT_STATEMENTS, Line, Mood, PERSONA, Persona,
    STATEMENTS, at, files, item, statements,
};
use crate::content::document::Document;
use crate::content::finding::Finding;
use crate::content::near::Near;
use crate::content::rule::Rule;
use crate::content::source::{ReadError, Source};
use crate::content::text::fold;

/// Words of which one makes a fallback: there should be enough that none is soon heard again.
const FALLBACKS_WANTED: usize = 30;

/// Checks persona, exchanges and, where they are there, statements and what is held out.
pub fn check(source: &dyn Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    match Document::<Persona>::read(source, PERSONA) {
        Ok(document) => {
            findings.extend(document.blemishes.clone());
            findings.extend(persona(&document));
        }
        Err(found) => findings.extend(found),
    }
    let mut seen = HashMap::new();
    for path in files(source) {
        file(source, &path, &mut seen, None, &mut findings);
    }
    if seen.is_empty() {
        findings.push(Finding::file(Rule::NoExchanges, &source.show(EXCHANGES)));
    }
    let mut lines = |path| {
        let read = statements(source, path).map_err(|error| findings.extend(error.findings));
        read.unwrap_or_default()
    };
    let (told, held_out) = (lines(STATEMENTS), lines(HELD_OUT_STATEMENTS));
    let told: Vec<(String, String)> = told
        .into_iter()
        .map(|(line, (_, message))| (message, format!("{}:{line}", source.show(STATEMENTS))))
        .collect();
    let exchanges_held_out = !matches!(source.read(HELD_OUT), Err(ReadError::Missing));
    if exchanges_held_out || !held_out.is_empty() {
        let trained = seen.clone();
        let heard = trained.iter().map(|(folded, place)| {
            let (message, _) = folded.split_once('|').unwrap_or_default();
            (message, place.as_str())
        });
        let told = told
            .iter()
            .map(|(message, place)| (message.as_str(), place.as_str()));
        let known: Vec<(&str, &str)> = heard.chain(told).collect();
        let near = Near::new(known.iter().copied());
        if exchanges_held_out {
            file(source, HELD_OUT, &mut seen, Some(&near), &mut findings);
        }
        findings.extend(learned(source, &held_out, &known, &near));
    }
    crate::content::check::sort(&mut findings);
    findings
}

/// Folded messages with the place where they stand first.
type Seen = HashMap<String, String>;

fn file(
    source: &dyn Source,
    path: &str,
    seen: &mut Seen,
    trained: Option<&Near<'_>>,
    findings: &mut Vec<Finding>,
) {
    let document = match Document::<ExchangeFile>::read(source, path) {
        Ok(document) => document,
        Err(found) => return findings.extend(found),
    };
    findings.extend(exchanges(&document));
    let mut own = Seen::new();
    for (i, exchange) in document.value.exchanges.iter().enumerate() {
        for (j, message) in exchange.messages.iter().enumerate() {
            let field = format!("exchange[{i}].messages[{j}]");
            let (line, _) = document.position(&field);
            // What follows on from something else is another thing to say.
            let context = [&exchange.known, &exchange.before, &exchange.time];
            let folded = format!("{}|{context:?}", fold(message));
            let first = seen.get(&folded).or_else(|| own.get(&folded));
            match first {
                Some(first) => {
                    let rule = match trained.is_some() && seen.contains_key(&folded) {
                        true => Rule::EvalInTraining,
                        false => Rule::RepeatedExample,
                    };
                    let finding = at(&document, rule, &field, message);
                    findings.push(finding.with_whole("first", first));
                }
                None => {
                    if let Some(place) = trained.and_then(|near| near.copy_of(message)) {
                        let finding = at(&document, Rule::NearCopy, &field, message);
                        findings.push(finding.with_whole("first", place));
                    }
                    own.insert(folded, format!("{}:{line}", document.file));
                }
            }
        }
    }
    if trained.is_none() {
        seen.extend(own);
    }
}

/// Held-out statements that are trained on as well, or nearly.
fn learned(
    source: &dyn Source,
    held_out: &[Line],
    trained: &[(&str, &str)],
    near: &Near<'_>,
) -> Vec<Finding> {
    let file = source.show(HELD_OUT_STATEMENTS);
    let trained = trained.iter().map(|(text, place)| (fold(text), *place));
    let trained: HashMap<String, &str> = trained.collect();
    let copies = held_out.iter().filter_map(|(line, (_, message))| {
        let same = trained.get(&fold(message)).copied();
        let (rule, first) = match same {
            Some(first) => (Rule::EvalInTraining, first),
            None => (Rule::NearCopy, near.copy_of(message)?),
        };
        let finding = Finding::at(rule, &file, (*line, 1), "");
        Some(finding.with("text", message).with_whole("first", first))
    });
    copies.collect()
}

/// What is wrong within a file of exchanges.
pub(super) fn exchanges(document: &Document<ExchangeFile>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = document
        .blemishes
        .iter()
        .filter(|finding| !finding.field.ends_with(".memory"))
        .cloned()
        .collect();
    for (i, exchange) in document.value.exchanges.iter().enumerate() {
        let mut report = |rule, field: &str, text: &str| {
            let field = format!("exchange[{i}].{field}");
            findings.push(at(document, rule, &field, text));
        };
        for (name, list) in [
            ("messages", &exchange.messages),
            ("replies", &exchange.replies),
        ] {
            if list.is_empty() {
                report(Rule::NothingSaid, name, name);
            }
        }
        for (name, text) in items(exchange) {
            if item(text).is_none() {
                report(Rule::ItemForm, name, text);
            }
        }
        if let Some(time) = exchange.time.as_deref().filter(|time| !is_time(time)) {
            report(Rule::TimeForm, "time", time);
        }
    }
    findings
}

/// Texts that must have the form of an item.
fn items(exchange: &Exchange) -> impl Iterator<Item = (&'static str, &str)> {
    let memory = exchange
        .memory
        .as_deref()
        .filter(|memory| !memory.is_empty());
    let known = exchange.known.as_deref();
    memory
        .map(|text| ("memory", text))
        .into_iter()
        .chain(known.map(|text| ("known", text)))
}

/// `화요일 저녁`.
fn is_time(time: &str) -> bool {
    time.split_once(' ').is_some_and(|(day, part)| {
        let mut letters = day.chars();
        let is_day = letters.next().is_some_and(|c| "월화수목금토일".contains(c));
        is_day && letters.as_str() == "요일" && ["오전", "오후", "저녁"].contains(&part)
    })
}

/// What is wrong with who she is.
pub(super) fn persona(document: &Document<Persona>) -> Vec<Finding> {
    let persona = &document.value;
    let mut findings = Vec::new();
    for (i, face) in persona.faces.iter().enumerate() {
        if face.expression().is_none() {
            let labels = format!("{}, {}, {}", face.eyes, face.mouth, face.pose);
            findings.push(at(
                document,
                Rule::FaceLabel,
                &format!("face[{i}]"),
                &labels,
            ));
        }
    }
    for mood in Mood::ALL {
        if !persona.faces.iter().any(|face| face.mood == mood) {
            findings.push(at(document, Rule::NoFace, "face", &mood.word()));
        }
    }
    let known: usize = persona.fallbacks.iter().map(|f| f.replies.len()).sum();
    if known < FALLBACKS_WANTED {
        let finding = document.find(Rule::FewFallbacks, "fallback");
        findings.push(finding.with("n", known).with("wanted", FALLBACKS_WANTED));
    }
    findings
}
