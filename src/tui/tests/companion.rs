//! The companion's tab: whole screens, the cursor, and a conversation from message to memory.

use crate::companion::ethics::Offence;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyModifiers};
use ratatui::style::Color;

use super::fake::{Fake, happy, judged, question, remembered, settled, trace};
use super::screens::{SIZES, snapshot};
use super::stage::{Stage, options};
use crate::companion::expression::draw;
use crate::driver::companionship::{TalkNotice, TalkPhase};
use crate::messages::Lang;
use crate::tui::Tab;
use crate::tui::app::TuiOptions;
use crate::tui::session::{Phase, Speaker, Spoken};
use crate::tui::theme::{Depth, Theme, ThemeChoice};

const MESSAGE: &str = "오늘 친구랑 카페 가는데 신난다!";
const REPLY: &str = "좋겠다! 친구랑 카페 간다고 했었지. 뭐 마실 거야?";

fn visited(lang: Lang) -> Stage {
    let mut stage = Stage::ready_with(Fake::default(), lang);
    stage.key(KeyCode::F(8));
    stage
}

fn replied(lang: Lang) -> Stage {
    let mut stage = visited(lang);
    stage.answer(MESSAGE);
    let trace = trace(1, MESSAGE, REPLY);
    let face = TalkNotice::Face(happy(), draw(happy(), 1));
    let all = settled(&trace);
    stage.talk(TalkPhase::Waiting, [TalkNotice::Replied(Box::new(trace))]);
    stage.talk(
        TalkPhase::Waiting,
        [face, TalkNotice::Settled(Box::new(all))],
    );
    stage.app.at(Duration::from_millis(2_600));
    stage
}

fn blocked(lang: Lang) -> Stage {
    let mut stage = visited(lang);
    stage.answer("나쁜 말");
    let until: jiff::civil::DateTime = "2026-11-23T09:00".parse().unwrap();
    let until = until.to_zoned(jiff::tz::TimeZone::system()).unwrap();
    let sanctioned = TalkNotice::Sanctioned {
        text:
            "이 말에는 답하지 않을게요. 이유: 혐오/기타. 11월 23일 09:00까지 면접과 대화를 할 수 \
               없어요."
                .into(),
        offences: vec![Offence::Hate],
        until: Some(until.timestamp()),
        trace: None,
    };
    stage.talk(TalkPhase::Blocked, [sanctioned]);
    stage
}

#[test]
fn the_tab_at_first_sight() {
    snapshot("talk_visited", visited);
}

#[test]
fn a_draft_being_written() {
    snapshot("talk_draft", |lang| {
        let mut stage = visited(lang);
        stage.answer(MESSAGE);
        stage.talk(
            TalkPhase::Replying,
            [TalkNotice::Draft("좋겠다! 친구랑".into())],
        );
        stage
    });
}

#[test]
fn a_reply_with_its_face() {
    snapshot("talk_replied", |lang| {
        let mut stage = replied(lang);
        stage.type_text("아메리카노!");
        stage
    });
}

#[test]
fn how_a_reply_came_about() {
    snapshot("talk_trace", |lang| {
        let mut stage = replied(lang);
        stage.key(KeyCode::F(3));
        stage
    });
}

#[test]
fn her_memories() {
    snapshot("talk_memories", |lang| {
        let mut stage = replied(lang);
        stage.keys([KeyCode::F(9), KeyCode::Down]);
        stage
    });
}

#[test]
fn a_block() {
    snapshot("talk_blocked", blocked);
}

#[test]
fn news_on_the_other_tab() {
    snapshot("talk_unread", |lang| {
        let mut stage = replied(lang);
        stage.engine(Phase::Waiting, [question(1, "다음 질문이야.")]);
        stage
    });
}

#[test]
fn without_colours_and_in_words() {
    for (name, theme, pictures) in [
        ("talk_lines_ko", Theme::MONOCHROME, true),
        ("talk_words_ko", Theme::MONOCHROME, false),
    ] {
        let options = TuiOptions {
            theme,
            pictures,
            ..options(Lang::Ko, None)
        };
        let mut stage = Stage::before(Fake::default(), options);
        stage.app.start();
        stage.key(KeyCode::F(8));
        stage.resize(80, 24);
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, stage.screen());
        });
    }
}

/// The screen with a line below each row that names the colours of its letters.
fn styled(stage: &Stage) -> String {
    let frame = stage.frame();
    let buffer = frame.buffer();
    let width = usize::from(buffer.area.width);
    let colors = buffer.content.chunks(width).map(|cells| {
        let row: String = cells
            .iter()
            .map(|cell| match (cell.fg, cell.bg) {
                (_, Color::Rgb(r, g, b)) => {
                    let bright = u32::from(r) + u32::from(g) + u32::from(b);
                    if bright > 450 { 'O' } else { 'x' }
                }
                (Color::Reset, _) => '.',
                (color, _) => format!("{color:?}").chars().next().unwrap(),
            })
            .collect();
        row
    });
    let screen = stage.screen();
    let rows = screen.lines().zip(colors);
    rows.map(|(row, colors)| format!("{row}\n{colors}\n"))
        .collect()
}

#[test]
fn a_light_and_a_dark_theme() {
    for (name, theme) in [
        ("talk_light_ko", ThemeChoice::Light),
        ("talk_dark_ko", ThemeChoice::Dark),
    ] {
        let options = TuiOptions {
            theme: Theme::new(theme, None, None).with_depth(Depth::True),
            ..options(Lang::Ko, None)
        };
        let mut stage = Stage::before(Fake::default(), options);
        stage.app.start();
        stage.key(KeyCode::F(8));
        stage.talk(
            TalkPhase::Waiting,
            [TalkNotice::Replied(Box::new(trace(1, MESSAGE, REPLY)))],
        );
        stage.resize(80, 24);
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, styled(&stage));
        });
    }
}

#[test]
fn a_conversation_from_message_to_memories() {
    let mut stage = visited(Lang::Ko);
    assert_eq!(stage.asked(), ["visit"]);
    stage.answer(MESSAGE);
    assert_eq!(stage.asked(), [format!("say {MESSAGE}")]);
    stage.shows("읽는 중");
    stage.talk(
        TalkPhase::Replying,
        [TalkNotice::Draft("좋겠다! 친".into())],
    );
    stage.shows("좋겠다! 친");
    stage.shows("쓰는 중…");

    let told = trace(1, MESSAGE, REPLY);
    stage.talk(
        TalkPhase::Waiting,
        [TalkNotice::Replied(Box::new(told.clone()))],
    );
    stage.hides("쓰는 중…");
    stage.shows("뭐 마실 거야?");
    stage.key(KeyCode::F(3));
    stage.shows("0.91  [오늘 일정: 친구랑 카페 방문]  (답에 썼어요)");
    stage.key(KeyCode::End);
    stage.shows("아직 생각하는 중이에요");

    let rest = stage.screen();
    let face = TalkNotice::Face(happy(), draw(happy(), 1));
    let all = TalkNotice::Settled(Box::new(settled(&told)));
    stage.talk(TalkPhase::Waiting, [face, all]);
    stage.shows("[기분: 신남]");
    stage.shows("친구와 카페에 가서 신났다");
    stage.hides("아직 생각하는 중이에요");
    stage.key(KeyCode::Esc);
    stage.app.at(Duration::from_millis(2_600));
    assert_ne!(stage.screen(), rest, "her face has changed");

    stage.keys([KeyCode::F(9), KeyCode::Down, KeyCode::Delete]);
    stage.shows("이 기억을 지울까요?");
    stage.key(KeyCode::Enter);
    assert!(stage.asked().is_empty(), "the harmless choice comes first");
    stage.keys([KeyCode::Delete, KeyCode::Down, KeyCode::Enter]);
    assert_eq!(stage.asked(), ["forget 1"]);
    stage.hides("아이유");
    stage.shows("기억하는 것 1개");
}

#[test]
fn what_she_has_just_remembered_joins_the_open_list() {
    let fake = Fake {
        learns: Some(remembered(3, "[기분: 신남]", None)),
        ..Fake::default()
    };
    let mut stage = Stage::ready_with(fake, Lang::Ko);
    stage.key(KeyCode::F(8));
    stage.answer(MESSAGE);
    let told = trace(1, MESSAGE, REPLY);
    let all = TalkNotice::Settled(Box::new(settled(&told)));
    stage.talk(TalkPhase::Waiting, [TalkNotice::Replied(Box::new(told))]);
    stage.keys([KeyCode::F(9), KeyCode::Down]);
    stage.shows("기억하는 것 2개");
    stage.talk(TalkPhase::Waiting, [all]);
    stage.shows("기억하는 것 3개");
    stage.shows("신남");
}

#[test]
fn a_memory_is_edited_in_its_place() {
    let mut stage = visited(Lang::Ko);
    stage.asked();
    stage.keys([KeyCode::F(9), KeyCode::Enter]);
    assert_eq!(stage.before_cursor(), "│>[오늘일정:친구랑카페방문]");
    stage.ctrl('u');
    stage.type_text("카페");
    stage.key(KeyCode::Enter);
    assert_eq!(stage.asked(), ["amend 2 카페"]);
    stage.shows("꼴이 아니에요");
    stage.shows("> 카페");
    stage.ctrl('u');
    stage.paste("[오늘 일정:\n영화 보기]");
    stage.key(KeyCode::Enter);
    assert_eq!(stage.asked(), ["amend 2 [오늘 일정: 영화 보기]"]);
    stage.shows("영화 보기]");
    stage.keys([KeyCode::Enter, KeyCode::Backspace, KeyCode::Esc]);
    stage.shows("영화 보기]");
    stage.key(KeyCode::Esc);
    stage.hides("영화 보기]");
    assert!(stage.asked().is_empty());
}

#[test]
fn a_list_longer_than_the_screen_keeps_the_selected_item_in_sight() {
    let fake = Fake {
        remembers: (0..200)
            .map(|n| remembered(n, &format!("[일정 {n}: 할 일 {n}]"), None))
            .collect(),
        ..Fake::default()
    };
    let mut stage = Stage::ready_with(fake, Lang::Ko);
    stage.keys([KeyCode::F(9), KeyCode::End]);
    stage.shows("> [일정 199: 할 일 199]");
    stage.key(KeyCode::Enter);
    stage.shows("> [일정 199: 할 일 199]");
    stage.key(KeyCode::Esc);
    stage.key(KeyCode::Home);
    stage.shows("> [일정 0: 할 일 0]");
}

#[test]
fn each_tab_keeps_its_draft_and_its_conversation() {
    let mut stage = Stage::ready();
    stage.type_text("면접 답");
    stage.chord(KeyModifiers::ALT, KeyCode::Char('2'));
    stage.hides("면접 답");
    stage.hides("인공지능, 머신러닝");
    stage.type_text("안녕 오로라");
    stage.chord(KeyModifiers::CONTROL, KeyCode::Tab);
    stage.shows("> 면접 답");
    stage.hides("안녕 오로라");
    stage.key(KeyCode::F(8));
    stage.shows("> 안녕 오로라");
    assert_eq!(stage.asked(), ["visit"], "once");
    stage.chord(KeyModifiers::ALT, KeyCode::Char('1'));
    stage.shows("[면접]");
}

#[test]
fn what_was_said_before_is_there_at_the_first_visit() {
    let fake = Fake {
        earlier: vec![Spoken {
            by: Speaker::Learner,
            text: "어제 한 말".into(),
        }],
        ..Fake::default()
    };
    let mut stage = Stage::ready_with(fake, Lang::Ko);
    stage.key(KeyCode::F(8));
    stage.shows("어제 한 말");
    stage.shows("지난번에 여기까지 했어요");
}

#[test]
fn the_other_tab_is_marked_until_it_is_looked_at() {
    let mut stage = visited(Lang::Ko);
    stage.hides("면접*");
    stage.engine(Phase::Writing, [judged(1, "답")]);
    stage.shows("면접*");
    stage.key(KeyCode::F(8));
    stage.hides("*");
    stage.talk(TalkPhase::Replying, [TalkNotice::Draft("안".into())]);
    stage.hides("오로라*");
    let replied = TalkNotice::Replied(Box::new(trace(1, "안녕", "안녕!")));
    stage.talk(TalkPhase::Waiting, [replied]);
    stage.shows("오로라*");
}

#[test]
fn ctrl_c_stops_the_reply_then_asks_then_leaves() {
    let mut stage = visited(Lang::Ko);
    stage.answer(MESSAGE);
    stage.talk(TalkPhase::Replying, [TalkNotice::Draft("좋겠".into())]);
    stage.asked();
    stage.ctrl('c');
    assert_eq!(stage.asked(), ["hush"]);
    stage.shows("멈추는 중");
    stage.talk(TalkPhase::Waiting, []);
    stage.hides("쓰는 중…");
    stage.ctrl('c');
    stage.shows("나갈까요?");
    stage.ctrl('c');
    assert!(stage.app.take_pending().quit);
}

#[test]
fn a_message_she_does_not_take_comes_back() {
    let fake = Fake {
        refuses: Some("the disk is full"),
        ..Fake::default()
    };
    let mut stage = Stage::ready_with(fake, Lang::Ko);
    stage.key(KeyCode::F(8));
    stage.answer("귀한 말");
    stage.shows("the disk is full");
    stage.shows("> 귀한 말");
    stage.hides("읽는 중");
}

#[test]
fn while_nobody_may_speak_what_is_written_is_an_objection() {
    let mut stage = blocked(Lang::Ko);
    stage.shows("이유: 혐오/기타");
    stage.shows("2026-11-23 09:00까지 대화할 수 없어요");
    stage.shows("이의가 있으면");
    stage.asked();
    stage.answer("나쁜 뜻이 아니었어요");
    assert_eq!(stage.asked(), ["say 나쁜 뜻이 아니었어요"]);
    stage.shows("✓ 이의를 적어 두었어요.");
    stage.talk(TalkPhase::Waiting, []);
    stage.hides("대화할 수 없어요");
}

#[test]
fn the_cursor_follows_syllables_and_stays_while_her_face_moves() {
    let mut stage = replied(Lang::Ko);
    stage.type_text("한글 AI");
    let at = stage.cursor();
    assert_eq!(at, (9, 28));
    for frame in 0..60 {
        stage.app.at(Duration::from_millis(50 * frame));
        assert_eq!(stage.cursor(), at);
    }
}

#[test]
fn the_cursor_is_on_every_screen_in_every_size() {
    for keys in [vec![], vec![3], vec![9], vec![10], vec![1]] {
        let mut stage = replied(Lang::En);
        stage.type_text("half-written 한글");
        stage.keys(keys.into_iter().map(KeyCode::F));
        for width in (1..=120).step_by(7) {
            for height in (1..=50).step_by(3) {
                stage.resize(width, height);
                let (x, y) = stage.cursor();
                assert!(x < width && y < height, "{width}×{height}");
            }
        }
    }
}

#[test]
fn her_face_is_a_picture_where_there_is_room_and_words_elsewhere() {
    for (width, height) in SIZES {
        let mut stage = visited(Lang::Ko);
        stage.resize(width, height);
        let drawn = stage.app.next_picture(Duration::ZERO).is_some();
        assert_eq!(drawn, width >= 60 && height >= 18, "{width}×{height}");
        let words = stage.screen().contains("표정: 눈 보통");
        assert_eq!(words, !drawn && height >= 10, "{width}×{height}");
    }
}

#[test]
fn without_motion_no_picture_is_due_and_her_look_stays() {
    let options = TuiOptions {
        motion: false,
        ..options(Lang::Ko, None)
    };
    let mut stage = Stage::before(Fake::default(), options);
    stage.app.start();
    stage.key(KeyCode::F(8));
    let rest = stage.screen();
    stage.talk(
        TalkPhase::Waiting,
        [TalkNotice::Face(happy(), draw(happy(), 1))],
    );
    let happy = stage.screen();
    assert_ne!(happy, rest);
    stage.app.at(Duration::from_secs(60));
    assert_eq!(stage.screen(), happy);
    assert_eq!(stage.app.next_picture(Duration::ZERO), None);
}

#[test]
fn the_interviewer_s_face_takes_the_verdict() {
    let mut stage = Stage::ready();
    let label = |stage: &Stage| stage.state().face.label(&stage.state().messages);
    assert_eq!(label(&stage), "표정: 눈 보통, 입 보통, 고개 돌림 없음");
    stage.answer("답");
    assert_eq!(label(&stage), "표정: 눈 보통, 입 보통, 고개 돌림 많이");
    stage.engine(Phase::Writing, [judged(1, "답")]);
    assert_eq!(label(&stage), "표정: 눈 크게, 입 크게, 고개 돌림 없음");
    let before = stage.screen();
    stage.app.at(Duration::from_millis(2_500));
    assert_ne!(stage.screen(), before);
}

#[test]
fn where_her_tab_is_the_first_the_interview_begins_when_it_is_shown() {
    let mut stage = Stage::before(
        Fake::default(),
        TuiOptions {
            tab: Tab::Companion,
            ..options(Lang::Ko, None)
        },
    );
    stage.app.start();
    assert_eq!(*stage.asked.borrow(), ["visit"]);
    stage.key(KeyCode::F(8));
    assert_eq!(stage.asked.borrow().len(), 2);
    assert!(stage.asked.borrow()[1].starts_with("begin"));
    stage.key(KeyCode::F(8));
    stage.key(KeyCode::F(8));
    assert_eq!(stage.asked.borrow().len(), 2);
}

#[test]
fn a_reply_that_failed_is_asked_for_again_and_what_was_written_stays() {
    let mut stage = visited(Lang::Ko);
    stage.answer(MESSAGE);
    let failed = TalkNotice::Problem("디스크가 가득 찼어요".into());
    stage.talk(TalkPhase::Interrupted, [failed]);
    stage.type_text("다음 말");
    stage.key(KeyCode::Enter);
    let asked = stage.asked();
    assert_eq!(asked.last().map(String::as_str), Some("say "), "{asked:?}");
    assert!(stage.screen().contains("다음 말"));
    assert!(stage.screen().contains("다시 청했어요"));
}
