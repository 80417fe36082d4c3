//! What the interview says, put on the screen.

use super::reaction::Reaction;
use super::session::{Notice, Report};
use super::state::{Loading, State, Tab};
use super::text::one_line;
use super::theme::Tone;
use super::view;
use super::widget::candidates::Bar;
use super::widget::transcript::Judgement;
use crate::interview::{Candidate, Class, EndReason, Intent, Utterance};
use crate::messages::Messages;

/// Applies a notice.
pub fn apply(state: &mut State, notice: Notice) {
    if is_news(&notice) {
        state.arrived(Tab::Interview);
    }
    if let Some(reaction) = reaction(&notice) {
        state.react(reaction);
    }
    let messages = &state.messages;
    match notice {
        Notice::Loading { done, total, what } => {
            let percent = (done.min(total) * 100).checked_div(total);
            state.loading = Some(Loading {
                percent: percent.and_then(|percent| u8::try_from(percent).ok()),
                what: one_line(&what),
            });
        }
        Notice::Ready { ms } => {
            let seconds = format_args!("{:.1}", ms / 1000.0);
            let text = messages.fill("tui.ready", &[("seconds", &seconds)]);
            state.loading = None;
            // Who is typing already wants to know whether to send; the phase says that.
            if state.answer.is_empty() {
                state.say(Tone::Good, text);
            }
        }
        Notice::Earlier(said) => state.transcript.earlier(&said, messages),
        Notice::Draft(text) => state.transcript.draft(&text, messages),
        Notice::Question {
            turn, utterance, ..
        } => {
            state.turn = turn;
            state.transcript.reply(&utterance, messages);
        }
        Notice::Judged {
            turn,
            topic,
            verdict,
            next,
            judge_ms,
            select_ms,
            ..
        } => {
            state.turn = turn;
            state.candidates = verdict
                .candidates
                .iter()
                .map(|candidate| bar(candidate, messages))
                .collect();
            let judgement = Judgement {
                verdict: &verdict,
                next: (next != topic).then(|| state.snapshot.display(&next)),
                judge_ms,
                select_ms,
            };
            state.transcript.judged(&judgement, messages);
        }
        Notice::Sanctioned { text, .. } => {
            state.transcript.keep();
            state.transcript.note(Tone::Bad, "! ", &text);
            let how = messages.get("companion.object_key");
            state.transcript.note(Tone::Dim, "- ", how);
        }
        Notice::Objected => {
            let text = messages.get("companion.objected");
            state.transcript.note(Tone::Good, "✓ ", text);
        }
        Notice::Disputed { label, .. } => {
            let text = messages.fill("tui.disputed", &[("label", &label)]);
            state.transcript.note(Tone::Good, "✓ ", &text);
        }
        Notice::End {
            reason,
            last_words,
            report,
        } => end(state, reason, last_words.as_ref(), &report),
        Notice::Problem(problem) => state.transcript.note(Tone::Bad, "! ", &problem),
        Notice::ContentChanged(Ok(())) => {
            let text = messages.get("tui.content_changed");
            state.transcript.note(Tone::Dim, "- ", text);
        }
        Notice::ContentChanged(Err(reason)) => {
            let text = messages.fill("tui.content_wrong", &[("reason", &reason)]);
            state.transcript.note(Tone::Bad, "! ", &text);
        }
    }
}

/// Something to come back to the tab for.
fn is_news(notice: &Notice) -> bool {
    !matches!(
        notice,
        Notice::Loading { .. } | Notice::Ready { .. } | Notice::Earlier(_) | Notice::Draft(_)
    )
}

/// How the interviewer's face takes it.
fn reaction(notice: &Notice) -> Option<Reaction> {
    match notice {
        Notice::Judged { verdict, .. } => Some(Reaction::to(verdict.outcome)),
        Notice::Disputed { .. } => Some(Reaction::Listening),
        Notice::Sanctioned { .. } => Some(Reaction::Stern),
        Notice::End {
            reason: EndReason::Finished,
            ..
        } => Some(Reaction::Delighted),
        _ => None,
    }
}

fn end(state: &mut State, reason: EndReason, last_words: Option<&Utterance>, report: &Report) {
    if let Some(last_words) = last_words {
        state.transcript.reply(last_words, &state.messages);
    }
    let text = state.messages.get(match reason {
        EndReason::Sanctioned => "tui.ended_sanctioned",
        _ => "tui.ended",
    });
    state.transcript.note(Tone::Strong, "- ", text);
    state.ended = Some(reason);
    state.popups.clear();
    // Who was sanctioned reads why first; the report is a key away.
    let shown = reason != EndReason::Sanctioned;
    state.report = shown.then(|| view::report::page(report, state.ended, &state.messages));
}

fn bar(candidate: &Candidate, messages: &Messages) -> Bar {
    let name = match &candidate.class {
        Class::Labels(labels) => labels.join(" + "),
        Class::Misconception(label) => {
            messages.fill("tui.class_misconception", &[("label", label)])
        }
        Class::Failure => messages.get("tui.class_failure").to_owned(),
        Class::Intent(intent) => messages.get(intent_key(*intent)).to_owned(),
    };
    Bar {
        name: one_line(&name),
        score: candidate.score,
    }
}

fn intent_key(intent: Intent) -> &'static str {
    match intent {
        Intent::Ready => "tui.class_ready",
        Intent::Skip => "tui.class_skip",
        Intent::DontKnow => "tui.class_dont_know",
        Intent::TermQuestion => "tui.class_term_question",
        Intent::Greeting => "tui.class_greeting",
        Intent::ChitChat => "tui.class_chit_chat",
    }
}
