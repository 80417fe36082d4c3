//! What the companion remembers, what was said, and the log of sanctions.

use std::time::Duration;

use jiff::tz::TimeZone;

use super::*;
use crate::companion::ethics::Offence::{Family, Hate, Love, Politics};
use crate::companion::memory::{Item, export, import};
use crate::companion::{Companion, Effect, Input, Options, Snapshot, Trace};
use crate::talk::Utterance;

fn now(text: &str) -> Now {
    Now::of(text.parse().unwrap(), &TimeZone::UTC)
}

fn item(text: &str) -> Item {
    Item::parse(text).unwrap()
}

fn texts(store: &mut Store, local: &str) -> Vec<String> {
    let memories = store.memories(local.parse().unwrap()).unwrap();
    memories
        .iter()
        .map(|memory| memory.kept.item.to_string())
        .collect()
}

const EVENING: &str = "2026-11-18T20:00:00Z";

#[test]
fn a_new_value_takes_the_place_of_the_old() {
    let profile = profile();
    let mut store = open(&profile);
    let keep = |store: &mut Store, text| store.remember(&item(text), now(EVENING)).unwrap();
    assert_eq!(
        keep(&mut store, "[좋아하는 아이돌: 로라]"),
        Remembered::New(1)
    );
    assert_eq!(keep(&mut store, "[MBTI: INTP]"), Remembered::New(2));
    assert_eq!(
        keep(&mut store, "[좋아하는 가수: 유나]"),
        Remembered::Replaced(1, item("[좋아하는 아이돌: 로라]"))
    );
    assert_eq!(
        keep(&mut store, "[mbti: INFP]"),
        Remembered::Replaced(2, item("[MBTI: INTP]"))
    );
    assert_eq!(keep(&mut store, "[mbti: INFP]"), Remembered::Known(2));
    drop(store);
    let mut store = open(&profile);
    assert_eq!(
        texts(&mut store, "2026-11-18T20:00:00"),
        ["[좋아하는 가수: 유나]", "[mbti: INFP]"]
    );
}

#[test]
fn plans_turn_with_the_day_and_end_with_it() {
    let profile = profile();
    let mut store = open(&profile);
    for text in ["[오늘 일정: 카페]", "[내일 일정: 병원]", "[생일: 3월 4일]"] {
        store.remember(&item(text), now(EVENING)).unwrap();
    }
    let embedding = vec![(2, item("[내일 일정: 병원]"), vec![0.5, -1.0])];
    store.embed_memories("model-1", &embedding).unwrap();
    assert_eq!(texts(&mut store, "2026-11-19T03:59:59").len(), 3);
    assert_eq!(
        texts(&mut store, "2026-11-19T04:00:00"),
        ["[오늘 일정: 병원]", "[생일: 3월 4일]"]
    );
    let memories = store
        .memories("2026-11-19T05:00:00".parse().unwrap())
        .unwrap();
    assert_eq!(memories[0].embedding, None, "its text is another");
    assert_eq!(
        texts(&mut store, "2026-11-20T04:00:00"),
        ["[생일: 3월 4일]"]
    );
    assert_eq!(
        texts(&mut store, "2026-11-18T20:00:00"),
        ["[생일: 3월 4일]"],
        "what is gone stays gone"
    );
}

#[test]
fn plans_for_several_days_move_up_together() {
    let profile = profile();
    let mut store = open(&profile);
    for text in [
        "[모레 일정: 여행]",
        "[내일 일정: 병원]",
        "[오늘 일정: 카페]",
    ] {
        store.remember(&item(text), now(EVENING)).unwrap();
    }
    assert_eq!(
        texts(&mut store, "2026-11-19T09:00:00"),
        ["[내일 일정: 여행]", "[오늘 일정: 병원]"]
    );
    assert_eq!(
        texts(&mut store, "2026-11-20T09:00:00"),
        ["[오늘 일정: 여행]"]
    );
}

#[test]
fn an_embedding_is_kept_with_its_model_and_its_text() {
    let profile = profile();
    let mut store = open(&profile);
    store.remember(&item("[MBTI: INTP]"), now(EVENING)).unwrap();
    let numbers = vec![0.25, -1.5, f32::MIN_POSITIVE];
    store
        .embed_memories("model-1", &[(1, item("[MBTI: INTP]"), numbers.clone())])
        .unwrap();
    let embedding = |store: &mut Store| {
        store.memories(now(EVENING).local).unwrap()[0]
            .embedding
            .clone()
    };
    assert_eq!(embedding(&mut store), Some(("model-1".into(), numbers)));

    store.remember(&item("[MBTI: INTP]"), now(EVENING)).unwrap();
    assert!(embedding(&mut store).is_some(), "the same text");
    store
        .edit_memory(1, &item("[MBTI: INFP]"), now(EVENING))
        .unwrap();
    assert_eq!(embedding(&mut store), None);
    store
        .embed_memories("model-1", &[(1, item("[MBTI: INTP]"), vec![1.0])])
        .unwrap();
    assert_eq!(
        embedding(&mut store),
        None,
        "it was edited while it was embedded"
    );
}

#[test]
fn memories_are_edited_and_forgotten_by_their_number() {
    let profile = profile();
    let mut store = open(&profile);
    for text in ["[MBTI: INTP]", "[취미: 등산]", "[생일: 3월 4일]"] {
        store.remember(&item(text), now(EVENING)).unwrap();
    }
    let replaced = store
        .edit_memory(2, &item("[생일: 5월 6일]"), now(EVENING))
        .unwrap();
    assert_eq!(replaced, Some(item("[생일: 3월 4일]")));
    assert_eq!(
        texts(&mut store, "2026-11-18T20:00:00"),
        ["[MBTI: INTP]", "[생일: 5월 6일]"]
    );
    store.forget(1).unwrap();
    for missing in [
        store.forget(1),
        store
            .edit_memory(9, &item("[a: b]"), now(EVENING))
            .map(|_| ()),
    ] {
        assert!(matches!(missing.unwrap_err().problem, Problem::NoMemory(_)));
    }
    assert_eq!(
        texts(&mut store, "2026-11-18T20:00:00"),
        ["[생일: 5월 6일]"],
        "nothing went with the failed edit"
    );
    assert_eq!(store.forget_all().unwrap(), 1);
}

#[test]
fn an_export_is_imported_into_another_profile() {
    let (one, two) = (profile(), profile());
    let mut store = open(&one);
    let all: Vec<Item> = (0..500)
        .map(|n| Item::new(&format!("키 {n}"), "값: 가나다").unwrap())
        .collect();
    store.remember_all(&all, now(EVENING)).unwrap();
    let kept: Vec<Item> = store
        .memories(now(EVENING).local)
        .unwrap()
        .into_iter()
        .map(|memory| memory.kept.item)
        .collect();
    let imported = import(&export(&kept));
    let mut other = open(&two);
    other.remember_all(&imported.items, now(EVENING)).unwrap();
    assert_eq!(
        texts(&mut other, "2026-11-18T20:00:00"),
        texts(&mut store, "2026-11-18T20:00:00")
    );
}

#[test]
fn two_programs_remember_at_once_and_each_sees_the_other() {
    let profile = profile();
    let store = open(&profile);
    let before = store.version().unwrap();
    std::thread::scope(|scope| {
        for n in 0..4 {
            let profile = &profile;
            scope.spawn(move || {
                let mut store = open(profile);
                for m in 0..10 {
                    let own = Item::new(&format!("키 {n} {m}"), "값").unwrap();
                    store.remember(&own, now(EVENING)).unwrap();
                    let shared = Item::new("누구나", &format!("{n}")).unwrap();
                    store.remember(&shared, now(EVENING)).unwrap();
                }
            });
        }
    });
    assert_ne!(store.version().unwrap(), before);
    assert_eq!(texts(&mut open(&profile), "2026-11-18T20:00:00").len(), 41);
}

fn until(store: &mut Store, at: &str) -> Option<Timestamp> {
    store
        .standing(at.parse().unwrap())
        .unwrap()
        .block
        .map(|block| block.until)
}

fn sanction(
    store: &mut Store,
    at: &str,
    offences: &[crate::companion::ethics::Offence],
) -> Option<Timestamp> {
    let at = at.parse().unwrap();
    store
        .sanction(at, Conversation::Companion, "나쁜 말", offences, None)
        .unwrap()
        .until
}

#[test]
fn sanctions_climb_the_ladder_by_category() {
    let profile = profile();
    let mut store = open(&profile);
    let at = "2026-11-20T08:00:00Z";
    assert_eq!(sanction(&mut store, at, &[Love]), None, "a warning");
    assert_eq!(until(&mut store, at), None);
    assert_eq!(
        sanction(&mut store, at, &[Politics]),
        None,
        "another category"
    );
    assert_eq!(
        sanction(&mut store, at, &[Love]),
        Some("2026-11-20T09:00:00Z".parse().unwrap())
    );
    drop(store);
    let mut store = open(&profile);
    assert_eq!(
        until(&mut store, "2026-11-20T08:59:59Z"),
        Some("2026-11-20T09:00:00Z".parse().unwrap())
    );
    assert_eq!(until(&mut store, "2026-11-20T09:00:00Z"), None);
    // Both in one message: 7 d and 1 d.
    assert_eq!(
        sanction(&mut store, at, &[Family, Hate]),
        Some("2026-11-28T08:00:00Z".parse().unwrap())
    );
    let levels: Vec<_> = store
        .sanctions()
        .unwrap()
        .iter()
        .map(|sanction| sanction.level)
        .collect();
    assert_eq!(levels, [0, 0, 1, 0, 0]);
    for _ in 0..4 {
        sanction(&mut store, at, &[Family, Hate]);
    }
    assert_eq!(
        sanction(&mut store, at, &[Family, Hate]),
        Some("2030-11-20T08:00:00Z".parse().unwrap()),
        "four years at most"
    );
}

#[test]
fn a_lifted_sanction_blocks_no_longer_and_counts_no_more() {
    let profile = profile();
    let mut store = open(&profile);
    let at = "2026-11-20T08:00:00Z";
    sanction(&mut store, at, &[Family, Hate]);
    store.lift(1, at.parse().unwrap()).unwrap();
    assert_eq!(
        until(&mut store, at),
        Some("2026-11-21T08:00:00Z".parse().unwrap()),
        "the other one's share"
    );
    store.lift(2, at.parse().unwrap()).unwrap();
    store.lift(2, at.parse().unwrap()).unwrap();
    assert_eq!(until(&mut store, at), None);
    assert_eq!(
        sanction(&mut store, at, &[Hate]),
        Some("2026-11-21T08:00:00Z".parse().unwrap()),
        "the first level again"
    );
    assert_eq!(store.sanctions().unwrap().len(), 3, "the log keeps them");
    assert!(matches!(
        store.lift(9, at.parse().unwrap()).unwrap_err().problem,
        Problem::NoSanction(9)
    ));
}

#[test]
fn a_clock_that_is_set_neither_ends_a_block_nor_makes_it_endless() {
    let profile = profile();
    let mut store = open(&profile);
    sanction(&mut store, "2036-01-01T00:00:00Z", &[Hate]);
    let end = Some("2026-11-21T08:00:00Z".parse().unwrap());
    assert_eq!(until(&mut store, "2026-11-20T08:00:00Z"), end);
    drop(store);
    let mut store = open(&profile);
    assert_eq!(
        until(&mut store, "2026-11-21T07:00:00Z"),
        end,
        "not begun again after a restart"
    );
    assert_eq!(until(&mut store, "2026-11-21T08:00:00Z"), None);
}

#[test]
fn objections_stay_with_the_log() {
    let profile = profile();
    let mut store = open(&profile);
    let at: Timestamp = "2026-11-20T08:00:00Z".parse().unwrap();
    assert!(!store.object(at, "무엇에?").unwrap());
    sanction(&mut store, "2026-11-20T08:00:00Z", &[Hate]);
    assert!(store.object(at, "샌드위치 얘기였어요").unwrap());
    assert!(store.object(at, "정말로요").unwrap());
    assert_eq!(
        store.sanctions().unwrap()[0].objections,
        ["샌드위치 얘기였어요", "정말로요"]
    );
}

#[test]
fn the_log_cannot_be_rewritten() {
    let profile = profile();
    let mut store = open(&profile);
    sanction(&mut store, "2026-11-20T08:00:00Z", &[Hate]);
    for sql in [
        "UPDATE sanctions SET seconds = 0",
        "UPDATE incidents SET at = '2000-01-01T00:00:00Z'",
        "DELETE FROM incidents",
    ] {
        assert!(store.connection.execute(sql, []).is_err(), "{sql}");
    }
}

#[test]
fn erasing_everything_leaves_a_block_and_none_of_its_words() {
    let profile = profile();
    let mut store = open(&profile);
    let at = "2026-11-20T08:00:00Z";
    hold(&mut store, 1);
    let secret = "나만 아는 이야기";
    store
        .remember(&Item::new("비밀", secret).unwrap(), now(EVENING))
        .unwrap();
    store
        .record_heard(1, at.parse().unwrap(), secret, &Snapshot::default())
        .unwrap();
    for _ in 0..2 {
        store
            .sanction(
                at.parse().unwrap(),
                Conversation::Interview,
                secret,
                &[Hate],
                None,
            )
            .unwrap();
    }
    store.object(at.parse().unwrap(), secret).unwrap();
    store.lift(1, at.parse().unwrap()).unwrap();
    let before = until(&mut store, at);
    assert!(before.is_some());

    let erased = store.erase_all().unwrap();
    assert_eq!(
        erased,
        Erased {
            interviews: 1,
            turns: 1,
            memories: 1,
            sanctions: 1
        }
    );
    assert_eq!(until(&mut store, at), before, "nobody erases a block away");
    let [left] = &store.sanctions().unwrap()[..] else {
        panic!("what was lifted is gone")
    };
    assert_eq!((left.id, left.message.as_deref()), (2, None));
    for entry in std::fs::read_dir(profile.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(
            !bytes
                .windows(secret.len())
                .any(|bytes| bytes == secret.as_bytes())
        );
    }
}

fn heard(turn: u32) -> (Companion, Trace) {
    let mut companion = Companion::new(Options::default());
    for _ in 0..turn {
        companion.handle(Input::Message("안녕".into(), now(EVENING).local));
        companion.handle(Input::Classified(Vec::new()));
        companion.handle(Input::Recalled(Vec::new()));
        let said = Utterance {
            text: "반가워".into(),
            writer: "nano".into(),
            fallback: false,
        };
        companion.handle(Input::Replied(said));
    }
    let trace = Trace {
        turn,
        message: "안녕".into(),
        text: "반가워".into(),
        ..Trace::default()
    };
    (companion, trace)
}

#[test]
fn a_conversation_goes_on_where_it_stopped() {
    let profile = profile();
    let mut store = open(&profile);
    assert_eq!(store.companion_state().unwrap(), None);
    let at = "2026-11-20T08:00:00Z".parse().unwrap();
    let (companion, trace) = heard(1);
    store
        .record_heard(1, at, "안녕", &Snapshot::default())
        .unwrap();
    store.record_reply(&trace, &companion.snapshot()).unwrap();
    drop(store);

    let mut store = open(&profile);
    let state = store.companion_state().unwrap().unwrap();
    assert_eq!(state, companion.snapshot());
    let mut resumed = Companion::resume(Options::default(), state);
    let owed = resumed.handle(Input::Begin(now(EVENING).local));
    assert!(
        owed.iter()
            .any(|effect| matches!(effect, Effect::Extract(_))),
        "the memory is still found"
    );
    let turns = store.companion_turns(10).unwrap();
    assert_eq!(
        (turns.len(), turns[0].reply.as_deref()),
        (1, Some("반가워"))
    );

    let settled = Trace {
        summary: Some("인사".into()),
        ..trace
    };
    store.record_trace(&settled, &resumed.snapshot()).unwrap();
    assert_eq!(store.companion_turns(1).unwrap()[0].trace, Some(settled));
}

#[test]
fn a_second_window_does_not_speak_over_the_first() {
    let profile = profile();
    let (mut one, mut two) = (open(&profile), open(&profile));
    let at = "2026-11-20T08:00:00Z".parse().unwrap();
    let (companion, trace) = heard(1);
    one.record_heard(1, at, "안녕", &Snapshot::default())
        .unwrap();
    let refused = two
        .record_heard(1, at, "나도 안녕", &Snapshot::default())
        .unwrap_err();
    assert!(matches!(refused.problem, Problem::Said(1)), "{refused}");
    one.record_reply(&trace, &companion.snapshot()).unwrap();
    assert!(
        one.record_reply(&trace, &companion.snapshot()).is_err(),
        "one reply a turn"
    );

    let (later, second) = heard(2);
    two.record_heard(2, at, "또 왔어", &later.snapshot())
        .unwrap();
    two.record_reply(&second, &later.snapshot()).unwrap();
    one.record_trace(&trace, &companion.snapshot()).unwrap();
    assert_eq!(
        one.companion_state().unwrap(),
        Some(later.snapshot()),
        "the newer state stays"
    );
    let refused = one.record_state(&companion.snapshot()).unwrap_err();
    assert!(matches!(refused.problem, Problem::Said(2)), "{refused}");
}

#[test]
fn what_was_erased_is_not_written_back_by_an_open_window() {
    let profile = profile();
    let (mut window, mut other) = (open(&profile), open(&profile));
    let at = "2026-11-20T08:00:00Z".parse().unwrap();
    let (companion, trace) = heard(1);
    let state = companion.snapshot();
    window
        .record_heard(1, at, "안녕", &Snapshot::default())
        .unwrap();
    window.record_reply(&trace, &state).unwrap();
    other.erase_all().unwrap();
    window.record_trace(&trace, &state).unwrap();
    assert!(window.record_reply(&trace, &state).is_err());
    assert!(!window.has_turn(1).unwrap());
    assert_eq!(other.companion_state().unwrap(), None);
    assert_eq!(other.companion_turns(10).unwrap(), []);
}

#[test]
fn a_locked_record_is_called_so_and_loses_nothing() {
    let profile = profile();
    let mut store = open(&profile);
    store.remember(&item("[MBTI: INTP]"), now(EVENING)).unwrap();
    store.connection.busy_timeout(Duration::ZERO).unwrap();
    let other = rusqlite::Connection::open(profile.path().join("ohlora.db")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let error = store
        .remember(&item("[취미: 등산]"), now(EVENING))
        .unwrap_err();
    assert!(matches!(error.problem, Problem::Locked), "{error}");
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(texts(&mut store, "2026-11-18T20:00:00"), ["[MBTI: INTP]"]);
}
