//! What the companion says as people write it, with mistakes, and as it is shipped.

use std::path::Path;

use insta::assert_snapshot;

use super::*;
use crate::content::Finding;
use crate::content::source::Folder;
use crate::content::testing::Memory;
use crate::talk::{Eyes, Mouth, Pose};

const PERSONA_TEXT: &str = "format_version = 1\nname = \"오로라\"\nabout = [\"터미널에 산다\"]\n\
    [[fallback]]\nmood = \"고민\"\nreplies = [\"잘 모르겠어\"]\n\
    [[face]]\nmood = \"기쁨\"\neyes = \"크게\"\nmouth = \"크게\"\npose = \"없음\"\n";

const EXCHANGE: &str = "[[exchange]]\nmessages = [\"나 수야\"]\nreplies = [\"안녕 수!\"]\nmemory = \"[이름: 수]\"\nsummary = \"이름을 알려 줬다\"\nmood = \"기쁨\"\n";

fn talk() -> Memory {
    let empty = Memory(std::collections::BTreeMap::new());
    empty
        .with(PERSONA, PERSONA_TEXT)
        .with("exchanges/01.toml", EXCHANGE)
        .with(STATEMENTS, "[나이: 서른] 나 서른이야\n안녕\n")
}

fn errors(source: &Memory) -> String {
    let lines: Vec<String> = check(source).iter().map(Finding::to_string).collect();
    lines.join("\n")
}

#[test]
fn what_is_sound_is_read() {
    let read = Talk::load(&talk().with(
        PERSONA,
        faces(PERSONA_TEXT.split("[[face]]").next().unwrap()),
    ));
    let read = read.unwrap();
    assert_eq!(read.exchanges[0].mood, Mood::Pleased);
    let statements = [
        ("[나이: 서른]".into(), "나 서른이야".into()),
        (String::new(), "안녕".into()),
    ];
    assert_eq!(read.statements, statements);
    let face = read.persona.face(Mood::Pleased).to_string();
    assert_eq!(face, "눈 크게, 입 크게, 고개 돌림 없음");
}

fn faces(start: &str) -> String {
    let moods = Mood::ALL.map(|mood| {
        let mood = serde_json::to_value(mood).unwrap();
        format!("[[face]]\nmood = {mood}\neyes = \"크게\"\nmouth = \"크게\"\npose = \"없음\"\n")
    });
    format!("{start}{}", moods.concat())
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let source = talk()
        .with(
            "exchanges/02.toml",
            EXCHANGE
                .replace("[이름: 수]", "이름 수")
                .replace("\nreplies", "\ntime = \"토요 낮\"\nreplies"),
        )
        .with(
            "exchanges/03.toml",
            EXCHANGE.replace("[\"안녕 수!\"]", "[]"),
        )
        .with(HELD_OUT, EXCHANGE);
    let told = errors(&source);
    let lines: Vec<&str> = told
        .lines()
        .filter(|line| !line.starts_with("persona"))
        .collect();
    assert_snapshot!(lines.join("\n"), @r"
    eval/exchanges.toml:2:13: error: exchange[0].messages[0]: '나 수야' is also trained on at exchanges/01.toml:2 — remove one of the two: an answer that was learnt measures nothing
    exchanges/02.toml:3:8: error: exchange[0].time: '토요 낮' is not a time — write a weekday and one of 오전, 오후, 저녁, as in `화요일 저녁`
    exchanges/02.toml:5:10: error: exchange[0].memory: '이름 수' is not a memory — write it as `[취미: 낚시]`: a key and a value in square brackets
    exchanges/03.toml:2:13: warning: exchange[0].messages[0]: '나 수야' already stands at exchanges/01.toml:2 — remove it or say it differently: a second copy adds nothing
    exchanges/03.toml:3:11: error: exchange[0].replies: nothing is said in 'replies' — write a sentence or more, or remove this exchange
    ");
    assert!(told.contains("the mood '담담' has no face"), "{told}");
    assert!(told.contains("only 1 replies"), "{told}");
    assert!(Talk::load(&source).is_err());
    let odd = PERSONA_TEXT.replace("eyes = \"크게\"", "eyes = \"감음\"");
    assert!(errors(&talk().with(PERSONA, odd)).contains("감음"));
}

#[test]
fn the_shipped_talk_is_sound_and_every_label_occurs() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("content/companion-ko");
    let source = Folder(folder);
    let lines: Vec<String> = check(&source).iter().map(Finding::to_string).collect();
    assert!(lines.is_empty(), "{}", lines.join("\n"));
    let talk = Talk::load(&source).unwrap();
    assert!(talk.exchanges.len() >= 700);
    let faces = Mood::ALL.map(|mood| talk.persona.face(mood));
    for eyes in Eyes::ALL {
        assert!(faces.iter().any(|face| face.eyes == eyes), "{eyes:?}");
    }
    for mouth in Mouth::ALL {
        assert!(faces.iter().any(|face| face.mouth == mouth), "{mouth:?}");
    }
    for pose in Pose::ALL {
        assert!(faces.iter().any(|face| face.pose == pose), "{pose:?}");
    }
    assert!(held_out(&source).unwrap().len() >= 150);
}

#[test]
fn statements_have_the_form_and_are_not_held_out() {
    let wrong = talk().with(STATEMENTS, "안녕\n\n[이름 수] 나 수야\n");
    assert!(Talk::load(&wrong).is_err());
    let near = talk()
        .with(
            STATEMENTS,
            "[취미: 낚시] 주말마다 낚시하러 다니는 게 낙이야\n",
        )
        .with(
            HELD_OUT,
            EXCHANGE.replace("나 수야", "주말마다 낚시하러 다니는 게 낙이지"),
        );
    let copied = talk()
        .with(
            STATEMENTS,
            "[취미: 낚시] 주말마다 낚시하러 다니는 게 낙이야\n밥 먹자\n",
        )
        .with(
            HELD_OUT_STATEMENTS,
            "[취미: 낚시] 주말마다 낚시하러 다니는 게 낙이지\n밥 먹자!\n",
        );
    let told = [errors(&wrong), errors(&near), errors(&copied)].join("\n");
    let lines: Vec<&str> = told
        .lines()
        .filter(|line| !line.starts_with("persona"))
        .collect();
    assert_snapshot!(lines.join("\n"), @r"
    memory/statements.txt:3:1: error: '[이름 수] 나 수야' is not of the form [key: value] — write `[key: value] message` on a line of its own; where only an item stands, `[key: value]`
    eval/exchanges.toml:2:13: error: exchange[0].messages[0]: '주말마다 낚시하러 다니는 게 낙이지' is nearly what is trained on at memory/statements.txt:1 — remove the one at memory/statements.txt:1: what differs from it by an ending measures the ending
    eval/statements.txt:1:1: error: '주말마다 낚시하러 다니는 게 낙이지' is nearly what is trained on at memory/statements.txt:1 — remove the one at memory/statements.txt:1: what differs from it by an ending measures the ending
    eval/statements.txt:2:1: error: '밥 먹자!' is also trained on at memory/statements.txt:2 — remove one of the two: an answer that was learnt measures nothing
    ");
}
