//! Which template each number of the isolate's code table belongs to. References are weak: a marking that ends gives
//! the numbers of dead templates to be used again, so that what contexts run goes with them.

/// The owners.
#[derive(Default)]
pub struct Codes {
    /// References of templates by code number; 0 where nobody is known.
    owners: Vec<u32>,
    /// Numbers whose owners died.
    dead: Vec<u32>,
}

impl Codes {
    /// Gives a number to a template.
    pub fn own(&mut self, number: u32, template: u32) {
        let number = number as usize;
        if self.owners.len() <= number {
            self.owners.resize(number + 1, 0);
        }
        self.owners[number] = template;
    }

    /// Takes the numbers whose owners died since the last time.
    pub fn take_dead(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.dead)
    }

    /// Parts with templates that are not `live`.
    pub(super) fn clear(&mut self, live: impl Fn(u32) -> bool) {
        for (number, owner) in self.owners.iter_mut().enumerate() {
            if *owner != 0 && !live(*owner) {
                *owner = 0;
                self.dead.push(number as u32);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Codes;

    #[test]
    fn numbers_of_the_dead_are_given_once() {
        let mut codes = Codes::default();
        for (number, template) in [(0, 10), (2, 12), (3, 13)] {
            codes.own(number, template);
        }
        codes.clear(|template| template != 12);
        assert_eq!(codes.take_dead(), [2]);
        codes.clear(|template| template != 12);
        assert!(codes.take_dead().is_empty());
        codes.own(2, 14);
        codes.clear(|template| template == 13);
        assert_eq!(codes.take_dead(), [0, 2]);
    }
}
