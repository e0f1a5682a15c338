//! Every choice that can be made of what a power cut leaves.

/// Calls `run` with every sequence of choices it can make; returns how many
/// there were.
pub fn for_all_choices(mut run: impl FnMut(&mut dyn FnMut(usize) -> usize)) -> usize {
    let mut made: Vec<(usize, usize)> = vec![];
    let mut times = 0;
    loop {
        let mut next = 0;
        run(&mut |below| {
            if next == made.len() {
                made.push((0, below));
            }
            next += 1;
            made[next - 1].0
        });
        times += 1;
        while made
            .last()
            .is_some_and(|(choice, below)| choice + 1 == *below)
        {
            made.pop();
        }
        match made.last_mut() {
            Some((choice, _)) => *choice += 1,
            None => return times,
        }
    }
}
