//! What people do, and what happens then.

use crossterm::event::{Event, KeyCode, KeyModifiers, MouseEvent, MouseEventKind};

use super::fake::{Fake, end, judged, offer, question};
use super::stage::{Stage, options};
use crate::interview::EndReason;
use crate::messages::Lang;
use crate::tui::app::TuiOptions;
use crate::tui::session::{Notice, Phase, Speaker, Spoken};

#[test]
fn the_first_frame_stands_before_anything_is_loaded() {
    let mut stage = Stage::before(Fake::default(), options(Lang::Ko, None));
    stage.shows("모델 불러오는 중");
    assert!(stage.asked().is_empty());
    stage.app.start();
    assert_eq!(stage.asked(), ["begin Fresh"]);
    let loading = Notice::Loading {
        done: 45,
        total: 100,
        what: "answer".into(),
    };
    stage.engine(Phase::NotStarted, [loading]);
    stage.shows("모델 불러오는 중 45% answer");
}

#[test]
fn an_answer_written_while_models_load_waits_for_them() {
    let mut stage = Stage::before(Fake::default(), options(Lang::Ko, None));
    stage.app.start();
    stage.answer("네 시작해요");
    stage.shows("아직 불러오는 중이에요");
    stage.shows("> 네 시작해요");
    stage.engine(
        Phase::Waiting,
        [Notice::Ready { ms: 800.0 }, question(0, "안녕!")],
    );
    stage.key(KeyCode::Enter);
    assert_eq!(stage.asked(), ["begin Fresh", "submit 네 시작해요"]);
}

#[test]
fn a_turn_is_judged_and_answered_with_the_next_question() {
    let mut stage = Stage::ready();
    stage.answer("머신러닝은 데이터에서 배워요");
    assert_eq!(stage.asked(), ["submit 머신러닝은 데이터에서 배워요"]);
    stage.shows("생각하는 중");
    stage.engine(Phase::Writing, [judged(1, "머신러닝은 데이터에서 배워요")]);
    stage.shows("✓ 맞았어요: 머신러닝");
    stage.shows("확률 97%");
    stage.shows("말하는 중");
    stage.engine(Phase::Writing, [Notice::Draft("좋아, 그럼 딥".into())]);
    stage.shows("좋아, 그럼 딥");
    stage.shows("쓰는 중…");
    stage.engine(Phase::Waiting, [question(1, "좋아, 그럼 딥러닝은?")]);
    stage.shows("좋아, 그럼 딥러닝은?");
    stage.hides("쓰는 중…");
    stage.shows("답변을 기다려요");
}

#[test]
fn candidates_are_named_and_counted_in_the_panel() {
    let mut stage = Stage::ready();
    stage.answer("답");
    stage.engine(Phase::Writing, [judged(1, "답")]);
    stage.shows("판정 후보");
    stage.shows("97%");
    stage.shows("답변 실패");
    stage.key(KeyCode::F(3));
    stage.hides("판정 후보");
    stage.key(KeyCode::F(3));
    stage.shows("판정 후보");
}

#[test]
fn in_a_narrow_terminal_the_panel_takes_the_place_of_the_conversation() {
    let mut stage = Stage::ready();
    stage.resize(40, 15);
    stage.hides("거대 언어 모델 정의");
    stage.key(KeyCode::F(3));
    stage.shows("거대 언어 모델 정의");
    stage.hides("안녕!");
    stage.key(KeyCode::F(3));
    stage.shows("안녕!");
}

#[test]
fn up_takes_back_the_answer_that_is_being_judged() {
    let mut stage = Stage::ready();
    stage.answer("머신러닝은 데이터에서 배우");
    stage.key(KeyCode::Up);
    assert_eq!(
        stage.asked(),
        ["submit 머신러닝은 데이터에서 배우", "retract"]
    );
    stage.shows("> 머신러닝은 데이터에서 배우");
    stage.answer("는 것");
    assert_eq!(stage.asked(), ["submit 머신러닝은 데이터에서 배우는 것"]);
}

#[test]
fn a_judged_answer_stays_sent() {
    let mut stage = Stage::ready();
    stage.answer("답");
    stage.engine(Phase::Writing, [judged(1, "답")]);
    stage.key(KeyCode::Up);
    assert_eq!(stage.asked(), ["submit 답"]);
}

#[test]
fn an_answer_the_interview_refuses_comes_back() {
    let fake = Fake {
        refuses: Some("the disk is full"),
        ..Fake::default()
    };
    let mut stage = Stage::ready_with(fake, Lang::Ko);
    stage.answer("귀한 답");
    stage.shows("the disk is full");
    stage.shows("> 귀한 답");
}

#[test]
fn nothing_is_sent_from_an_empty_box() {
    let mut stage = Stage::ready();
    stage.answer("  ");
    assert!(stage.asked().is_empty());
    stage.shows("답을 먼저 써 주세요");
}

#[test]
fn lines_are_broken_by_alt_enter_and_ctrl_j() {
    let mut stage = Stage::ready();
    stage.type_text("하나");
    stage.chord(KeyModifiers::ALT, KeyCode::Enter);
    stage.type_text("둘");
    stage.ctrl('j');
    stage.answer("셋");
    assert_eq!(stage.asked(), ["submit 하나\n둘\n셋"]);
}

#[test]
fn a_paste_of_a_hundred_thousand_characters_is_refused_and_said() {
    let mut stage = Stage::ready();
    stage.type_text("앞");
    stage.paste(&"가".repeat(100_000));
    stage.shows("답이 너무 길어요 (100001자). 20000자까지 쓸 수 있어요.");
    stage.key(KeyCode::Enter);
    assert_eq!(stage.asked(), ["submit 앞"]);
}

#[test]
fn control_sequences_never_reach_the_screen() {
    let mut stage = Stage::ready();
    stage.paste("붉은\u{1b}[31m 답\u{7}");
    stage.key(KeyCode::Enter);
    stage.engine(
        Phase::Waiting,
        [
            Notice::Problem("\u{1b}]0;제목\u{7}문제".into()),
            question(1, "\u{9b}2J다음\u{202e} 질문\u{1b}c"),
        ],
    );
    assert_eq!(stage.asked(), ["submit 붉은 답"]);
    let screen = stage.screen();
    assert!(screen.chars().all(|c| c == '\n' || !c.is_control()));
    stage.shows("! 문제");
    stage.shows("다음 질문");
}

#[test]
fn reading_back_is_not_disturbed_by_typing_or_by_new_messages() {
    let mut stage = Stage::ready();
    stage.resize(60, 12);
    for n in 1..20 {
        stage.engine(Phase::Waiting, [question(n, &format!("질문 {n}"))]);
    }
    stage.key(KeyCode::PageUp);
    stage.hides("질문 19");
    stage.shows("PgDn: 아래로");
    stage.type_text("읽으면서 쓰기");
    stage.engine(Phase::Waiting, [question(20, "질문 20")]);
    stage.hides("질문 20");
    stage.shows("새 메시지 1개");
    stage.shows("> 읽으면서 쓰기");
    stage.key(KeyCode::PageDown);
    stage.key(KeyCode::PageDown);
    stage.shows("질문 20");
    stage.hides("새 메시지");
}

#[test]
fn the_wheel_reads_the_conversation() {
    let mut stage = Stage::ready();
    stage.resize(60, 12);
    for n in 1..20 {
        stage.engine(Phase::Waiting, [question(n, &format!("질문 {n}"))]);
    }
    let turn = |kind| {
        Event::Mouse(MouseEvent {
            kind,
            column: 1,
            row: 1,
            modifiers: KeyModifiers::NONE,
        })
    };
    stage.app.terminal(turn(MouseEventKind::ScrollUp));
    stage.hides("질문 19");
    stage.app.terminal(turn(MouseEventKind::ScrollDown));
    stage.shows("질문 19");
}

#[test]
fn without_motion_nothing_turns() {
    let still = TuiOptions {
        motion: false,
        ..options(Lang::Ko, None)
    };
    let moving = Stage::before(Fake::default(), options(Lang::Ko, None));
    assert!(moving.app.state().is_animated());
    let still = Stage::before(Fake::default(), still);
    assert!(!still.app.state().is_animated());
}

#[test]
fn with_an_empty_box_the_arrows_read_the_conversation() {
    let mut stage = Stage::ready();
    stage.resize(60, 12);
    for n in 1..20 {
        stage.engine(Phase::Waiting, [question(n, &format!("질문 {n}"))]);
    }
    stage.keys([KeyCode::Up; 3]);
    stage.hides("질문 19");
    stage.keys([KeyCode::Down; 3]);
    stage.shows("질문 19");
}

#[test]
fn a_hint_is_one_key_away_and_not_repeated() {
    let mut stage = Stage::ready();
    stage.keys([KeyCode::F(2), KeyCode::F(2)]);
    assert_eq!(stage.screen().matches("힌트: 데이터와").count(), 1);
}

#[test]
fn without_a_hint_it_is_said() {
    let fake = Fake {
        hint: None,
        ..Fake::default()
    };
    let mut stage = Stage::ready_with(fake, Lang::Ko);
    stage.key(KeyCode::F(2));
    stage.shows("지금은 힌트가 없어요");
}

#[test]
fn skip_and_dispute_have_their_keys() {
    let fake = Fake {
        can_dispute: true,
        ..Fake::default()
    };
    let mut stage = Stage::ready_with(fake, Lang::Ko);
    stage.shows("F5 내 답이 맞아요");
    stage.key(KeyCode::F(5));
    let disputed = Notice::Disputed {
        topic: "BCE Loss 설명".into(),
        label: "수식".into(),
    };
    stage.engine(Phase::Waiting, [disputed]);
    stage.shows("'수식' 답변을 맞은 것으로 기록했어요");
    stage.key(KeyCode::F(4));
    assert_eq!(stage.asked(), ["dispute", "skip"]);
    stage.key(KeyCode::F(4));
    assert!(stage.asked().is_empty(), "skips only while it is asked");
}

#[test]
fn nothing_to_dispute_is_said() {
    let mut stage = Stage::ready();
    stage.key(KeyCode::F(5));
    assert!(stage.asked().is_empty());
    stage.shows("다시 따져 볼 판정이 없어요");
}

#[test]
fn ctrl_c_stops_what_is_generated_then_asks_then_leaves() {
    let mut stage = Stage::ready();
    stage.answer("답");
    stage.engine(Phase::Writing, [judged(1, "답")]);
    stage.asked();
    stage.ctrl('c');
    assert_eq!(stage.asked(), ["cancel"]);
    stage.shows("멈추는 중");
    stage.engine(Phase::Waiting, [question(1, "그럼 다음")]);
    stage.hides("멈추는 중");
    stage.ctrl('c');
    stage.shows("나갈까요?");
    assert!(!stage.app.take_pending().quit);
    stage.ctrl('c');
    assert!(stage.app.take_pending().quit);
}

#[test]
fn an_engine_that_does_not_stop_does_not_keep_the_learner() {
    let mut stage = Stage::ready();
    stage.answer("답");
    stage.engine(Phase::Writing, [judged(1, "답")]);
    stage.ctrl('c');
    stage.ctrl('c');
    stage.shows("나갈까요?");
    stage.ctrl('c');
    assert!(stage.app.take_pending().quit);
}

#[test]
fn ctrl_c_while_judging_gives_the_answer_back() {
    let mut stage = Stage::ready();
    stage.answer("답");
    stage.ctrl('c');
    assert_eq!(stage.asked(), ["submit 답", "retract"]);
    stage.shows("> 답");
}

#[test]
fn whoever_stays_finds_everything_as_it_was() {
    let mut stage = Stage::ready();
    stage.type_text("쓰던 답");
    stage.ctrl('c');
    stage.keys([KeyCode::Enter]);
    stage.hides("나갈까요?");
    stage.shows("> 쓰던 답");
}

#[test]
fn the_menu_reaches_everything_with_arrows_and_enter() {
    let mut stage = Stage::ready();
    stage.key(KeyCode::Esc);
    stage.shows("메뉴");
    stage.keys([KeyCode::Down, KeyCode::Down, KeyCode::Enter]);
    assert_eq!(stage.asked(), ["skip"]);
    stage.keys([KeyCode::F(10), KeyCode::Up, KeyCode::Enter]);
    assert!(stage.app.take_pending().quit);
}

#[test]
fn deciding_to_stay_leaves_the_report_open() {
    let mut stage = Stage::ready();
    stage.key(KeyCode::F(6));
    stage.ctrl('c');
    stage.key(KeyCode::Enter);
    stage.shows("지금까지의 결과");
}

#[test]
fn ending_early_is_asked_and_shows_the_report() {
    let mut stage = Stage::ready();
    stage.key(KeyCode::Esc);
    stage.keys([KeyCode::Up, KeyCode::Up, KeyCode::Enter]);
    stage.shows("면접을 마칠까요?");
    stage.keys([KeyCode::Esc]);
    assert!(stage.asked().is_empty());
    stage.key(KeyCode::Esc);
    stage.keys([KeyCode::Up, KeyCode::Up, KeyCode::Enter]);
    stage.keys([KeyCode::Down, KeyCode::Enter]);
    assert_eq!(stage.asked(), ["stop Stopped"]);
    stage.shows("면접 결과 (도중에 마침)");
}

#[test]
fn at_the_end_the_report_is_read_and_the_conversation_can_be_read_again() {
    let mut stage = Stage::ready();
    stage.engine(
        Phase::Ended(EndReason::Finished),
        [end(EndReason::Finished)],
    );
    stage.shows("면접 결과");
    stage.shows("! 거대 언어 모델 정의");
    stage.shows("모범 답안: 아주 많은 텍스트로");
    stage.shows("오해가 있어요: LLM은 인터넷을 검색해서 답한다");
    stage.key(KeyCode::Esc);
    stage.shows("수고했어!");
    stage.type_text("더 쓸 수 없다");
    stage.hides("더 쓸 수 없다");
    stage.key(KeyCode::Enter);
    stage.shows("모범 답안");
}

#[test]
fn the_report_so_far_opens_and_closes_on_its_key() {
    let mut stage = Stage::ready();
    stage.key(KeyCode::F(6));
    stage.shows("지금까지의 결과");
    stage.shows("아직 묻지 않은 주제: Loss Function 예시 · MSE Loss 설명");
    stage.key(KeyCode::F(6));
    stage.shows("안녕!");
}

#[test]
fn the_report_is_saved_where_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = options(Lang::Ko, None);
    options.report_folder = folder.path().to_owned();
    let mut stage = Stage::before(Fake::default(), options);
    stage.resize(200, 30);
    stage.ctrl('s');
    stage.shows("결과를 저장했어요");
    stage.shows("ohlora-report-");
    let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(files.len(), 1);
}

#[test]
fn a_report_that_cannot_be_saved_says_why() {
    let mut options = options(Lang::En, None);
    options.report_folder = "no/such/folder".into();
    let mut stage = Stage::before(Fake::default(), options);
    stage.key(KeyCode::F(7));
    stage.shows("The report could not be saved: `no/such/folder/ohlora-report-");
    stage.shows("entity not found");
    stage.shows("a folder you can write to");
}

#[test]
fn an_unfinished_interview_is_offered_and_resumed() {
    let mut stage = Stage::before(Fake::default(), options(Lang::Ko, Some(offer())));
    stage.app.start();
    assert!(stage.asked().is_empty(), "the learner chooses first");
    stage.shows("이어서 할까요?");
    stage.shows("BCE Loss 설명");
    stage.key(KeyCode::Esc);
    stage.shows("이어서 할까요?");
    stage.key(KeyCode::Enter);
    assert_eq!(stage.asked(), ["begin Resume"]);
    let earlier = vec![
        Spoken {
            by: Speaker::Interviewer,
            text: "BCE Loss가 뭐야?".into(),
        },
        Spoken {
            by: Speaker::Learner,
            text: "이진 분류에 쓰는 거요".into(),
        },
    ];
    stage.engine(
        Phase::Waiting,
        [Notice::Earlier(earlier), question(12, "식은?")],
    );
    stage.shows("이진 분류에 쓰는 거요");
    stage.shows("지난번에 여기까지 했어요");
}

#[test]
fn whoever_does_not_want_to_resume_starts_anew() {
    let mut stage = Stage::before(Fake::default(), options(Lang::Ko, Some(offer())));
    stage.keys([KeyCode::Down, KeyCode::Enter]);
    assert_eq!(stage.asked(), ["begin Fresh"]);
}

#[test]
fn leaving_is_possible_from_the_offer_and_staying_goes_back_to_it() {
    let mut stage = Stage::before(Fake::default(), options(Lang::Ko, Some(offer())));
    stage.ctrl('c');
    stage.shows("나갈까요?");
    stage.key(KeyCode::Esc);
    stage.shows("이어서 할까요?");
}

#[test]
fn help_lists_the_keymap_and_closes() {
    let mut stage = Stage::ready();
    stage.key(KeyCode::F(1));
    stage.shows("Alt+Enter, Ctrl+J");
    stage.shows("줄 바꾸기");
    stage.shows("어디서나");
    stage.key(KeyCode::End);
    stage.shows("Shift+Tab");
    stage.key(KeyCode::F(1));
    stage.hides("Shift+Tab");
}

#[test]
fn problems_and_changed_files_are_told_in_the_conversation() {
    let mut stage = Stage::ready();
    let changed = [
        Notice::ContentChanged(Ok(())),
        Notice::ContentChanged(Err("topics/lora.toml:3: `next` is unknown".into())),
        Notice::Problem("디스크가 가득 찼어요".into()),
    ];
    stage.engine(Phase::Waiting, changed);
    stage.shows("질문 파일이 바뀌어서 다시 읽었어요");
    stage.shows("topics/lora.toml:3");
    stage.shows("! 디스크가 가득 찼어요");
}

#[test]
fn ctrl_l_draws_everything_anew() {
    let mut stage = Stage::ready();
    stage.ctrl('l');
    let pending = stage.app.take_pending();
    assert!(pending.clear && pending.frame);
}

#[test]
fn a_key_that_means_nothing_draws_nothing() {
    let mut stage = Stage::ready();
    stage.app.take_pending();
    stage.key(KeyCode::F(12));
    stage.ctrl('q');
    assert!(!stage.app.take_pending().frame);
}
