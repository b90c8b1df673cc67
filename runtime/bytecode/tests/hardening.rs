//! Files that were cut, altered or made up: loading them ends in an error or in a unit, never in a panic, and no two
//! files say the same.

mod common;

use common::{encode, load, load_anything, sample};
use tvm_bytecode::arbitrary::{self, Choices, Size};
use tvm_bytecode::{Unit, text};

#[test]
fn the_sample_uses_every_section() {
    let bytes = sample();
    let field = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    let first = field(48) as usize;
    for entry in (48..first - 7).step_by(8) {
        assert!(field(entry + 4) > 0, "section {} is empty", (entry - 48) / 8);
    }
    assert!(load_anything(&bytes), "{:?}", load(&bytes).err());
}

#[test]
fn a_cut_file_is_refused() {
    let bytes = sample();
    for length in 0..bytes.len() {
        let mut cut = bytes[..length].to_vec();
        assert!(load(&cut).is_err(), "{length}");
        // The same with a header that agrees with it.
        if length >= 48 {
            cut[32..36].copy_from_slice(&(length as u32).to_le_bytes());
            Unit::fix_checksum(&mut cut);
            assert!(load(&cut).is_err(), "{length} with a header to match");
        }
    }
}

#[test]
fn a_file_with_more_behind_it_is_refused() {
    let mut bytes = sample();
    bytes.extend([0; 8]);
    assert!(load(&bytes).is_err());
    let length = bytes.len() as u32;
    bytes[32..36].copy_from_slice(&length.to_le_bytes());
    Unit::fix_checksum(&mut bytes);
    assert!(load(&bytes).is_err());
}

#[test]
fn an_altered_byte_is_noticed() {
    let bytes = sample();
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut altered = bytes.clone();
            altered[at] ^= 1 << bit;
            assert!(load(&altered).is_err(), "bit {bit} of byte {at}");
        }
    }
}

#[test]
fn an_altered_byte_behind_the_checksum_does_no_harm() {
    let bytes = sample();
    let mut accepted = 0;
    for at in 0..bytes.len() {
        for flip in 1..=255 {
            let mut altered = bytes.clone();
            altered[at] ^= flip;
            Unit::fix_checksum(&mut altered);
            accepted += u32::from(load_anything(&altered));
        }
    }
    // Registers, numbers, texts and the like have many good values.
    assert!(accepted > 1000, "{accepted}");
}

/// Numbers that tend to break arithmetic.
const EDGES: &[u32] = &[0, 1, 2, 7, 8, 255, 256, 65_535, 65_536, 1 << 24, 1 << 31, u32::MAX - 1, u32::MAX];

fn alter(choices: &mut Choices, bytes: &mut [u8]) {
    let at = choices.between(36, bytes.len() as u32) as usize;
    match choices.below(4) {
        0 => bytes[at] = choices.below(256) as u8,
        1 => bytes[at] ^= 1 << choices.below(8),
        2 => {
            let field = at / 4 * 4;
            let near = choices.below(16);
            let value = choices.pick(EDGES).unwrap_or(0).wrapping_add(near).wrapping_sub(8);
            bytes[field..field + 4].copy_from_slice(&value.to_le_bytes());
        }
        _ => {
            // A piece of the file in another place.
            let length = (choices.between(1, 24) as usize).min(bytes.len() - at);
            let from = choices.below((bytes.len() - length) as u32) as usize;
            bytes.copy_within(from..from + length, at);
        }
    }
}

#[test]
fn random_alterations_do_no_harm() {
    let mut accepted = 0;
    for seed in 0..150 {
        let mut choices = Choices::from_seed(seed);
        let size = Size { functions: 3, statements: 8, modules: 1, wild: 0 };
        let bytes = encode(&arbitrary::unit(&mut choices, size));
        assert!(load_anything(&bytes), "seed {seed}: {:?}", load(&bytes).err());
        for _ in 0..100 {
            let mut altered = bytes.clone();
            for _ in 0..=choices.below(3) {
                alter(&mut choices, &mut altered);
            }
            Unit::fix_checksum(&mut altered);
            accepted += u32::from(load_anything(&altered));
        }
    }
    assert!((500..15_000).contains(&accepted), "{accepted}");
}

/// Whatever can be read at all, verified or not, survives text.
#[test]
fn altered_units_survive_text() {
    let mut read = 0;
    for seed in 0..60 {
        let mut choices = Choices::from_seed(1000 + seed);
        let size = Size { functions: 2, statements: 6, modules: 1, wild: 0 };
        let bytes = encode(&arbitrary::unit(&mut choices, size));
        for _ in 0..30 {
            let mut altered = bytes.clone();
            alter(&mut choices, &mut altered);
            Unit::fix_checksum(&mut altered);
            let Ok(unit) = Unit::parse(std::sync::Arc::new(altered)) else { continue };
            let Ok(data) = unit.to_data() else { continue };
            let printed = text::print(&data);
            let parsed = text::parse(&printed);
            assert_eq!(parsed.as_ref(), Ok(&data), "seed {seed}\n{printed}");
            read += 1;
        }
    }
    assert!(read > 300, "{read}");
}

#[test]
fn wild_units_are_refused_or_sound() {
    let mut accepted = 0;
    for seed in 0..400 {
        let size = Size { wild: 20, ..Size::SMALL };
        let data = arbitrary::unit(&mut Choices::from_seed(seed), size);
        accepted += u32::from(load_anything(&encode(&data)));
    }
    assert!((1..300).contains(&accepted), "{accepted}");
}
