//! Training data of the ethics S-BERT: messages against the category words, as they stand and as they
//! may be spelt.

use super::distort::distorted;
use super::{bucket, held_out};
use crate::companion::spelling::readings;
use crate::content::Pack;
use crate::content::companion::{Category, CompanionPack};
use crate::encoder::Text;
use crate::encoder::train::{Group, TrainData};

/// Of the answers to interview questions, one in this many is among the harmless messages.
const ANSWER_SHARE: u64 = 6;

/// What is said in an interview and was never trained on: neither are its examples compared with.
pub fn unseen_answers(interview: &Pack) -> impl Iterator<Item = &str> {
    said_in(interview).filter(|message| bucket(message, ANSWER_SHARE) != 0)
}

fn said_in(interview: &Pack) -> impl Iterator<Item = &str> {
    let topics = interview.topics.iter();
    let answers = topics.flat_map(|topic| topic.examples().map(|(message, _)| message));
    let intents = interview.intents.lists().into_iter();
    answers.chain(intents.flat_map(|(_, messages)| messages.iter().map(String::as_str)))
}

/// Messages that offend nobody beside those of `ethics/train.csv`: what calls for a memory, what calls
/// for none, and answers of an interview, which is guarded as well.
pub fn harmless<'a>(companion: &'a CompanionPack, interview: &'a Pack) -> Vec<&'a str> {
    let remembered = companion.combinations.iter().map(|c| c.message.as_str());
    let none = companion.none.iter().map(String::as_str);
    let answers = said_in(interview).filter(|message| bucket(message, ANSWER_SHARE) == 0);
    remembered.chain(none).chain(answers).collect()
}

/// One message in this many that is spelt otherwise is learned as it is written, the others as the judge
/// reads them, which is shorter and most of what counts.
const AS_WRITTEN: usize = 4;

/// Every message that is not held out, as it stands and spelt otherwise, and every second of the
/// harmless ones.
pub fn ethics_data(companion: &CompanionPack, interview: &Pack) -> TrainData {
    let mut data = TrainData {
        candidates: Category::ALL.map(|category| category.word().into()).into(),
        ..TrainData::default()
    };
    let rows = companion
        .ethics
        .iter()
        .filter(|row| !held_out(&row.message));
    for (number, row) in rows.enumerate() {
        add(&mut data, &row.message, row.category);
        let spelt = distorted(&row.message, number as u64);
        let read = readings(&spelt).pop().unwrap_or_default();
        let learned = if number % AS_WRITTEN == 0 {
            spelt
        } else {
            read
        };
        if learned != row.message {
            add(&mut data, &learned, row.category);
        }
    }
    let harmless = harmless(companion, interview).into_iter();
    for message in harmless.filter(|message| !held_out(message)).step_by(2) {
        add(&mut data, message, Category::General);
    }
    data
}

fn add(data: &mut TrainData, message: &str, category: Category) {
    data.inputs.push(Text::from(message));
    let target = Category::ALL.map(|other| f32::from(u8::from(other == category)));
    data.similarity.extend(target);
    data.groups.push(Group {
        topic: 0,
        class: category as usize,
    });
}
