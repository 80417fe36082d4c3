//! The portrait in letters, in lines, and in colours.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use super::picture::{Part, Picture};
use super::*;
use crate::companion::expression::{Expression, Scores, draw};
use crate::tui::theme::ThemeChoice;

fn face(expression: &str, lids: f32) -> Face {
    let scores = draw(Expression::parse(expression).unwrap(), 1);
    Face { scores, lids }
}

fn letter(part: Part) -> char {
    match part {
        Part::Backdrop => '.',
        Part::BackHair | Part::Hair | Part::Shine | Part::Strand => 'h',
        Part::Skin | Part::Shade | Part::Blush => ' ',
        Part::Brow => '-',
        Part::White | Part::Glint => 'o',
        Part::Iris | Part::Pupil => '@',
        Part::Lash => '=',
        Part::Lip => '~',
        Part::Mouth | Part::Tongue => 'M',
        Part::Teeth => 't',
        Part::Cloth | Part::Collar => 'c',
    }
}

/// The picture as letters, 64 a row.
fn letters(face: &Face) -> String {
    let frame = Frame::of(Rect::new(0, 0, 64, 32));
    let picture = Picture::new(face, frame.pixel);
    (0..32)
        .map(|row| {
            let row: String = (0..64)
                .map(|column| {
                    let (x, y) = frame.point(column as f32 + 0.5, row as f32 + 0.5);
                    letter(picture.part(x, y))
                })
                .collect();
            row + "\n"
        })
        .collect()
}

fn drawn(face: &Face, theme: &Theme, columns: u16, rows: u16) -> Buffer {
    let area = Rect::new(0, 0, columns, rows);
    let mut buffer = Buffer::empty(area);
    Portrait { face, theme }.render(area, &mut buffer);
    buffer
}

fn symbols(buffer: &Buffer) -> String {
    let rows = buffer.content.chunks(usize::from(buffer.area.width));
    rows.map(|cells| cells.iter().map(|cell| cell.symbol()).collect::<String>() + "\n")
        .collect()
}

fn snapshot(name: &str, text: &str) {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn expressions_look_like_what_they_say() {
    for (name, expression, lids) in [
        ("face_rest", "눈 보통, 입 보통, 고개 돌림 없음", 0.0),
        (
            "face_surprised",
            "눈 아주 크게, 입 아주 크게, 고개 돌림 없음",
            0.0,
        ),
        ("face_doubtful", "눈 작게, 입 보통, 고개 돌림 보통", 0.0),
        ("face_away", "눈 크게, 입 크게, 고개 돌림 많이", 0.0),
        ("face_blink", "눈 보통, 입 보통, 고개 돌림 없음", 1.0),
    ] {
        snapshot(name, &letters(&face(expression, lids)));
    }
}

#[test]
fn without_colours_she_is_drawn_in_lines() {
    let rest = face("눈 보통, 입 크게, 고개 돌림 없음", 0.0);
    let buffer = drawn(&rest, &Theme::MONOCHROME, 36, 18);
    assert!(buffer.content.iter().all(|cell| cell.fg == Color::Reset));
    snapshot("face_lines", &symbols(&buffer));
}

#[test]
fn eyes_and_mouth_open_with_their_scores_and_the_head_turns() {
    let count = |scores: Scores, parts: &[char]| {
        let drawn = letters(&Face { scores, lids: 0.0 });
        drawn.chars().filter(|c| parts.contains(c)).count()
    };
    let of = |eyes, mouth, pose| Scores { eyes, mouth, pose };
    let eyes = [-0.2, 0.1, 0.6, 1.2].map(|eyes| count(of(eyes, 0.6, -0.15), &['o', '@']));
    assert!(eyes.is_sorted() && eyes[0] < eyes[3], "{eyes:?}");
    let mouths = [0.4, 0.8, 1.2, 1.6].map(|mouth| count(of(0.45, mouth, -0.15), &['M', 't']));
    assert!(mouths.is_sorted() && mouths[0] < mouths[3], "{mouths:?}");
    let middle = |pose| {
        let drawn = letters(&Face {
            scores: of(0.45, 0.6, pose),
            lids: 0.0,
        });
        let columns: Vec<usize> = drawn
            .lines()
            .flat_map(|row| row.chars().enumerate())
            .filter_map(|(column, c)| (c == '~').then_some(column))
            .collect();
        columns.iter().sum::<usize>() / columns.len()
    };
    assert!(middle(-0.6) < middle(0.0) && middle(0.0) < middle(1.2));
}

#[test]
fn closed_lids_hide_her_eyes() {
    let closed = letters(&face("눈 아주 크게, 입 보통, 고개 돌림 없음", 1.0));
    assert!(!closed.contains('@') && closed.contains('='));
}

#[test]
fn every_size_and_every_depth_of_colour_draws() {
    let happy = face("눈 크게, 입 크게, 고개 돌림 보통", 0.3);
    for depth in [Depth::Few, Depth::Many, Depth::True] {
        for (columns, rows) in [(1, 1), (3, 9), (16, 8), (20, 10), (80, 40)] {
            let theme = Theme::new(ThemeChoice::Light, None, None).with_depth(depth);
            drawn(&happy, &theme, columns, rows);
        }
    }
}

#[test]
fn light_and_dark_have_a_backdrop_of_their_own() {
    let rest = face("눈 보통, 입 보통, 고개 돌림 없음", 0.0);
    let corner = |choice| {
        let theme = Theme::new(choice, None, None).with_depth(Depth::True);
        drawn(&rest, &theme, 36, 18)[(0, 0)].bg
    };
    assert_eq!(corner(ThemeChoice::Light), Color::Rgb(236, 226, 246));
    assert_eq!(corner(ThemeChoice::Dark), Color::Rgb(58, 48, 84));
}

#[test]
fn the_cube_has_a_close_colour() {
    assert_eq!(palette::nearest([0, 0, 0]), 16);
    assert_eq!(palette::nearest([255, 255, 255]), 231);
    assert_eq!(palette::nearest([250, 100, 10]), 16 + 36 * 5 + 6);
}
