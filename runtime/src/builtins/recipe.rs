//! What each intrinsic object has, gathered from the rows once for the process: so that a realm can make the
//! properties of one object alone, as they would have come out of going through all rows in order.

use std::sync::LazyLock;

use super::table::{Class, Group, Row};
use crate::object::realm::Intrinsic;

/// What an intrinsic object has.
#[derive(Default)]
pub struct Recipe {
    /// The class that it is the constructor of.
    pub constructor: Option<&'static Class>,
    /// The class that it is the prototype object of.
    pub prototype: Option<&'static Class>,
    /// Its rows, each group with the number of its first native function.
    pub groups: Vec<(&'static Group, u32)>,
    /// Whose properties are made with it: what the engine asks of both to know that iterations are plain.
    pub companions: &'static [Intrinsic],
}

/// A function that the realm keeps, and its number.
pub struct Kept {
    /// Its row.
    pub row: &'static Row,
    /// Number of the native function, where it is one.
    pub number: u32,
}

/// All recipes, by the number of the intrinsic.
static RECIPES: LazyLock<Vec<Recipe>> = LazyLock::new(gather);

/// Functions that a realm has from the start: the engine compares with them.
pub static KEPT: LazyLock<Vec<Kept>> = LazyLock::new(|| {
    let mut kept = Vec::new();
    each_group(|group, mut number| {
        for row in group.rows {
            if row.code().is_some() && row.intrinsic.is_some() {
                kept.push(Kept { row, number });
            }
            number += u32::from(is_native(row));
        }
    });
    kept
});

/// What an intrinsic object has.
pub fn recipe(of: Intrinsic) -> &'static Recipe {
    &RECIPES[of as usize]
}

fn is_native(row: &Row) -> bool {
    row.code().is_some_and(|code| code.native.is_some())
}

/// Does `f` with each group of every realm and the number of its first native function.
fn each_group(mut f: impl FnMut(&'static Group, u32)) {
    let classes = super::classes().filter(|class| class.code.native.is_some()).count();
    let mut number = (super::setup::LOOSE.len() + classes) as u32;
    for group in super::groups() {
        f(group, number);
        number += group.rows.iter().filter(|row| is_native(row)).count() as u32;
    }
}

fn gather() -> Vec<Recipe> {
    use Intrinsic as I;
    let mut recipes: Vec<Recipe> = Intrinsic::ALL.iter().map(|_| Recipe::default()).collect();
    for class in super::classes().chain(super::program::classes()) {
        recipes[class.constructor as usize].constructor = Some(class);
        if class.prototype != class.constructor {
            recipes[class.prototype as usize].prototype = Some(class);
        }
    }
    each_group(|group, number| recipes[group.on as usize].groups.push((group, number)));
    const OF_ARRAYS: &[Intrinsic] = &[I::ArrayIteratorPrototype, I::IteratorPrototype];
    recipes[I::ArrayPrototype as usize].companions = OF_ARRAYS;
    recipes[I::TypedArrayPrototype as usize].companions = OF_ARRAYS;
    recipes[I::StringPrototype as usize].companions = &[I::StringIteratorPrototype, I::IteratorPrototype];
    recipes
}
