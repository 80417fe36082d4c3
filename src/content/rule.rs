//! The rules of the content format: everything that loading and checking can find wrong.
//!
//! A rule has a name, under which its sentence and its remedy stand in the message files, and a
//! severity.

use serde::Serialize;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The pack can't be used as it stands.
    Error,
    /// The pack works, but not as well as it could.
    Warning,
}

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident $key:literal $severity:ident;)*) => {
        /// Every mistake that loading and checking know.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule { $($(#[$doc])* $name,)* }

        impl Rule {
            /// All rules.
            pub const ALL: &[Rule] = &[$(Rule::$name,)*];

            /// The name of the rule in messages and JSON.
            pub fn key(self) -> &'static str {
                match self { $(Rule::$name => $key,)* }
            }

            /// How bad a breach is.
            pub fn severity(self) -> Severity {
                match self { $(Rule::$name => Severity::$severity,)* }
            }
        }
    };
}

rules! {
    /// A file the pack needs is not there.
    FileMissing "file_missing" Error;
    /// A file is over the size limit.
    FileTooLarge "file_too_large" Error;
    /// The system refused to read a file.
    FileUnreadable "file_unreadable" Error;
    /// A file is not UTF-8.
    NotUtf8 "not_utf8" Error;
    /// Not TOML.
    Syntax "syntax" Error;
    /// Another version of the content format.
    WrongVersion "wrong_version" Error;
    /// A field the format does not have.
    UnknownField "unknown_field" Error;
    /// A field the format needs.
    MissingField "missing_field" Error;
    /// A value of another type than the format says.
    WrongType "wrong_type" Error;
    /// A word that is none of those the format allows.
    UnknownValue "unknown_value" Error;
    /// A number outside its range.
    OutOfRange "out_of_range" Error;
    /// Anything else the types refuse.
    Invalid "invalid" Error;
    /// A slug that is no plain file name.
    BadSlug "bad_slug" Error;
    /// A slug listed twice.
    DuplicateSlug "duplicate_slug" Error;
    /// A pack that asks nothing.
    NoTopics "no_topics" Error;
    /// A file in `topics/` that `pack.toml` does not list.
    UnlistedTopic "unlisted_topic" Warning;
    /// `next.to` is neither a title nor the end.
    UnknownNext "unknown_next" Error;
    /// `next.when` is none of the three forms.
    UnknownWhen "unknown_when" Error;
    /// No `[[next]]` with `when = "default"`.
    NoDefault "no_default" Error;
    /// Something follows the default.
    DefaultNotLast "default_not_last" Error;
    /// No path leads to the topic.
    Unreachable "unreachable" Warning;
    /// No path leads from the topic to the end.
    NoWayOut "no_way_out" Error;
    /// Two topics with one title.
    DuplicateTitle "duplicate_title" Error;
    /// A topic named like the end of the interview.
    TitleIsEnd "title_is_end" Error;
    /// Two sub-answers with one label.
    DuplicateLabel "duplicate_label" Error;
    /// A misconception or variant named twice.
    DuplicateName "duplicate_name" Error;
    /// A label the judge uses itself.
    ReservedLabel "reserved_label" Error;
    /// A comma in a label breaks the list of remaining answers.
    CommaInLabel "comma_in_label" Warning;
    /// A label the topic does not have.
    UnknownLabel "unknown_label" Error;
    /// A misconception the topic does not have.
    UnknownMisconception "unknown_misconception" Error;
    /// A variant the topic does not have.
    UnknownVariant "unknown_variant" Error;
    /// An intent that `intents.toml` does not have.
    UnknownIntent "unknown_intent" Error;
    /// A part of a form names a list of words that `[words]` does not have.
    UnknownList "unknown_list" Error;
    /// An example is not of its form.
    OffForm "off_form" Error;
    /// `asked` outside an experience topic.
    AskedElsewhere "asked_elsewhere" Warning;
    /// `[[combined]]` of fewer than two labels.
    FewCombined "few_combined" Error;
    /// A topic without sub-answers.
    NoAnswers "no_answers" Error;
    /// A topic without a wording.
    NoQuestions "no_questions" Error;
    /// A term without a name or an explanation.
    EmptyTerm "empty_term" Error;
    /// Too few wordings to vary.
    FewQuestions "few_questions" Warning;
    /// Nothing to compare a message with.
    NoExamples "no_examples" Error;
    /// Few examples judge badly.
    FewExamples "few_examples" Warning;
    /// One message, two classes.
    AmbiguousExample "ambiguous_example" Error;
    /// A message written twice.
    RepeatedExample "repeated_example" Warning;
    /// A question topic that knows fewer than two wrong ideas.
    FewMisconceptions "few_misconceptions" Warning;
    /// No hint to give.
    NoHint "no_hint" Warning;
    /// No reference statement.
    NoKeyPoint "no_key_point" Warning;
    /// No model answer to show.
    NoModelAnswer "no_model_answer" Warning;
    /// An intent without examples.
    EmptyIntent "empty_intent" Error;
    /// An empty string.
    EmptyText "empty_text" Error;
    /// Control characters or escape sequences.
    ControlCharacter "control_character" Error;
    /// More tokens than the encoder reads.
    TooLong "too_long" Warning;
    /// A held-out answer that is trained on.
    EvalInTraining "eval_in_training" Error;
    /// A held-out message that is nearly one that is trained on.
    NearCopy "near_copy" Error;
    /// A file in `eval/` without a topic.
    UnlistedEval "unlisted_eval" Error;
    /// A CSV file that is not there.
    CsvFileMissing "csv_file_missing" Error;
    /// A CSV file without a column that is needed.
    CsvMissingColumn "csv_missing_column" Error;
    /// A row with more or fewer cells than the header.
    CsvCells "csv_cells" Error;
    /// A cell that should hold a number.
    CsvBadNumber "csv_bad_number" Error;
    /// A number that is no similarity.
    CsvNoSimilarity "csv_no_similarity" Error;
    /// A `data_type` that is no part of the data.
    CsvBadSplit "csv_bad_split" Error;
    /// A category that a message cannot have.
    CsvBadCategory "csv_bad_category" Error;
    /// A line or an item that is not `[key: value]` with what belongs to it.
    CombinationForm "combination_form" Error;
    /// A conversation expects an item that it does not have.
    UnknownExpected "unknown_expected" Error;
    /// An exchange without messages or replies.
    NothingSaid "nothing_said" Error;
    /// A memory that is not `[key: value]`.
    ItemForm "item_form" Error;
    /// A time that is not `화요일 저녁`.
    TimeForm "time_form" Error;
    /// A label that no face has.
    FaceLabel "face_label" Error;
    /// A mood without a face.
    NoFace "no_face" Error;
    /// Too few replies for where she is out of her depth.
    FewFallbacks "few_fallbacks" Warning;
    /// A companion without exchanges.
    NoExchanges "no_exchanges" Error;
    /// A row to learn a reply from has none.
    CsvEmptyReply "csv_empty_reply" Error;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::{Lang, Messages};

    #[test]
    fn every_rule_has_a_sentence_and_a_remedy() {
        let messages = Messages::new(Lang::Ko);
        for rule in Rule::ALL {
            for key in [rule.key().to_owned(), format!("{}_remedy", rule.key())] {
                let key = format!("content.{key}");
                assert_ne!(messages.get(&key), key, "{rule:?}");
            }
        }
    }
}
