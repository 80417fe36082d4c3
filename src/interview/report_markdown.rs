//! The report as Markdown: to be saved, printed, put into notes.

use std::fmt::Display;

use crate::messages::Messages;

use super::progress::TopicStatus;
use super::report::{Report, TopicReport};
use crate::talk::strip_controls;

/// Writes the report in the language of the messages.
pub fn markdown(report: &Report, messages: &Messages) -> String {
    let mut page = Page {
        messages,
        text: String::new(),
    };
    page.block(&page.fill("report_title", &[("pack", &plain(&report.pack))]));
    page.summary(report);
    page.advice(report);
    page.overview(report);
    for topic in report.topics.iter().filter(|topic| topic.was_judged()) {
        page.topic(topic);
    }
    page.not_asked(report);
    page.text
}

/// A page that grows by blocks with a blank line between them.
struct Page<'a> {
    messages: &'a Messages,
    text: String,
}

impl Page<'_> {
    fn summary(&mut self, report: &Report) {
        let totals = &report.totals;
        self.block(&self.fill(
            "report_summary",
            &[
                ("topics", &totals.topics),
                ("passed", &totals.passed),
                ("labels", &totals.labels),
                ("earned", &(totals.earned + totals.disputed)),
                ("turns", &totals.turns),
            ],
        ));
    }

    fn advice(&mut self, report: &Report) {
        if report.advice.is_empty() {
            return;
        }
        self.block(&self.fill("report_advice", &[]));
        let lines: Vec<_> = report
            .advice
            .iter()
            .map(|advice| format!("- {}", one_line(&advice.text(self.messages))))
            .collect();
        self.block(&lines.join("\n"));
    }

    fn overview(&mut self, report: &Report) {
        self.block(&self.fill("report_topics", &[]));
        let mut rows = vec![
            self.fill("report_table_head", &[]),
            "|---|---|---|---:|".to_owned(),
        ];
        for topic in report.topics.iter().filter(|topic| topic.turns > 0) {
            let score = if topic.judged {
                format!("{}/{}", topic.credited(), topic.labels())
            } else {
                String::new()
            };
            rows.push(format!(
                "| {} | {} | {score} | {} |",
                plain(&topic.display_title).replace('|', "\\|"),
                self.status(topic),
                topic.turns
            ));
        }
        self.block(&rows.join("\n"));
    }

    fn topic(&mut self, topic: &TopicReport) {
        self.block(&format!("### {}", plain(&topic.display_title)));
        let mut facts = Vec::new();
        for (name, labels) in [
            ("report_earned", &topic.earned),
            ("report_disputed", &topic.disputed),
            ("report_open", &topic.open),
        ] {
            if !labels.is_empty() {
                let labels = plain(&labels.join(", "));
                facts.push(format!("- {}", self.fill(name, &[("labels", &labels)])));
            }
        }
        if !facts.is_empty() {
            self.block(&facts.join("\n"));
        }
        for missed in &topic.missed {
            let label = plain(&missed.label);
            self.block(&self.fill("report_missed", &[("label", &label)]));
            if !missed.key_point.is_empty() {
                self.block(&plain(&missed.key_point));
            }
            if !missed.model_answer.is_empty() {
                let answer = plain(&missed.model_answer);
                self.block(&self.fill("report_model_answer", &[("answer", &answer)]));
            }
        }
        for misconception in &topic.misconceptions {
            let label = plain(&misconception.label);
            self.block(&self.fill("report_misconception", &[("label", &label)]));
            self.block(&plain(&misconception.correction));
        }
    }

    fn not_asked(&mut self, report: &Report) {
        let titles: Vec<_> = report
            .topics
            .iter()
            .filter(|topic| topic.judged && topic.turns == 0)
            .map(|topic| format!("- {}", plain(&topic.display_title)))
            .collect();
        if !titles.is_empty() {
            self.block(&self.fill("report_not_asked", &[]));
            self.block(&titles.join("\n"));
        }
    }

    fn status(&self, topic: &TopicReport) -> String {
        let name = match topic.status {
            TopicStatus::Open | TopicStatus::Current => "report_status_open",
            TopicStatus::Done => "report_status_done",
            TopicStatus::Skipped => "report_status_skipped",
            TopicStatus::Failed => "report_status_failed",
        };
        self.fill(name, &[])
    }

    fn fill(&self, name: &str, values: &[(&str, &dyn Display)]) -> String {
        self.messages.fill(&format!("interview.{name}"), values)
    }

    fn block(&mut self, block: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(block);
        self.text.push('\n');
    }
}

fn one_line(text: &str) -> String {
    let clean = strip_controls(text);
    clean.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Content on one line, with the characters escaped that Markdown would take for its own.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in one_line(text).chars() {
        if matches!(c, '\\' | '*' | '_' | '`' | '<' | '[' | '#' | '~') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
