//! Threads that divide a loop among themselves within a microsecond.
//!
//! A token passes through a hundred products of some ten microseconds each; a pool that puts its
//! threads to sleep in between and wakes them through the system spends longer on that than on the
//! work. These wait in a loop for a while before they sleep. Whoever calls takes part, and waits only
//! for those that have begun: one that the system has not let run yet costs nothing.

use std::any::Any;
use std::cell::UnsafeCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// How long a thread looks for work before it sleeps.
const PATIENCE: Duration = Duration::from_micros(300);
/// Looks between two glances at the clock.
const LOOKS: u32 = 200;

type Task = *const (dyn Fn(usize) + Sync);

/// The threads of this process, and the loop they work at.
pub struct Team {
    shared: Arc<Shared>,
    sleepers: Vec<Sleeper>,
    /// Held by whoever has given them work.
    turn: Mutex<()>,
}

struct Sleeper {
    thread: Thread,
    asleep: Arc<AtomicBool>,
}

struct Shared {
    /// The number of the loop that is open to all; 0 while there is none.
    open: AtomicUsize,
    /// Threads that may be using `task`.
    busy: AtomicUsize,
    /// The next index to be worked at.
    next: AtomicUsize,
    count: AtomicUsize,
    /// Read only by those counted in `busy` who then saw the loop open; written only while it is
    /// closed and nobody is busy.
    task: UnsafeCell<Option<Task>>,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

// SAFETY: `task` is written and read at different times, as said there; what it points to is `Sync`.
#[allow(unsafe_code)]
unsafe impl Sync for Shared {}
// SAFETY: as above; the pointer is never used after `Team::run`, which borrows what it points to.
#[allow(unsafe_code)]
unsafe impl Send for Shared {}

impl Team {
    /// One thread for each core but the caller's; started at the first use.
    pub fn of_this_machine() -> &'static Self {
        static TEAM: OnceLock<Team> = OnceLock::new();
        TEAM.get_or_init(|| Self::new(rayon::current_num_threads().saturating_sub(1)))
    }

    /// `helpers` threads beside the caller's; fewer where the system gives none.
    fn new(helpers: usize) -> Self {
        let shared = Arc::new(Shared {
            open: AtomicUsize::new(0),
            busy: AtomicUsize::new(0),
            next: AtomicUsize::new(0),
            count: AtomicUsize::new(0),
            task: UnsafeCell::new(None),
            panic: Mutex::new(None),
        });
        let sleepers = (0..helpers).filter_map(|index| {
            let (shared, asleep) = (shared.clone(), Arc::new(AtomicBool::new(false)));
            let flag = asleep.clone();
            let thread = thread::Builder::new().name(format!("team-{index}"));
            let handle = thread.spawn(move || shared.serve(&flag)).ok()?;
            let thread = handle.thread().clone();
            Some(Sleeper { thread, asleep })
        });
        Self {
            sleepers: sleepers.collect(),
            shared: shared.clone(),
            turn: Mutex::new(()),
        }
    }

    /// Threads that work, the caller's among them.
    pub fn size(&self) -> usize {
        self.sleepers.len() + 1
    }

    /// Calls `task` with every number below `count`, on all threads; alone where they have other
    /// work already.
    pub fn run(&self, count: usize, task: &(dyn Fn(usize) + Sync)) {
        let turn = self.turn.try_lock();
        if count < 2 || self.sleepers.is_empty() || turn.is_err() {
            (0..count).for_each(task);
            return;
        }
        let closing = self.open(count, task);
        self.shared.work();
        drop(closing);
        let panic = self.shared.panic.lock().ok().and_then(|mut p| p.take());
        drop(turn);
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
    }

    /// Cuts `data` into parts of `size`, the last may be shorter, and calls `task` with each and its
    /// number; a thread takes `grain` neighbours at once.
    pub fn for_each_part<T: Send>(
        &self,
        data: &mut [T],
        size: usize,
        grain: usize,
        task: &(dyn Fn(usize, &mut [T]) + Sync),
    ) {
        let (size, grain) = (size.max(1), grain.max(1));
        let (len, parts) = (data.len(), data.len().div_ceil(size));
        let start = Start(data.as_mut_ptr());
        self.run(parts.div_ceil(grain), &|group| {
            for part in group * grain..((group + 1) * grain).min(parts) {
                let (from, to) = (part * size, ((part + 1) * size).min(len));
                // SAFETY: parts do not overlap and lie within `data`, which is borrowed until all are
                // done; each group is taken once.
                #[allow(unsafe_code)]
                let part_of_data =
                    unsafe { std::slice::from_raw_parts_mut(start.at(from), to - from) };
                task(part, part_of_data);
            }
        });
    }

    fn open(&self, count: usize, task: &(dyn Fn(usize) + Sync)) -> Closing<'_> {
        static LOOPS: AtomicUsize = AtomicUsize::new(1);
        let shared = &*self.shared;
        // SAFETY: the loop is closed and nobody busy (`Closing` has seen to it), so nobody reads
        // the cell. The lifetime is taken from the pointer, which is not used after `Closing` is
        // dropped, and that is before `run` returns.
        #[allow(unsafe_code)]
        unsafe {
            *shared.task.get() = Some(std::mem::transmute::<
                *const (dyn Fn(usize) + Sync + '_),
                Task,
            >(task));
        }
        shared.next.store(0, SeqCst);
        shared.count.store(count, SeqCst);
        shared.open.store(LOOPS.fetch_add(1, SeqCst).max(1), SeqCst);
        for sleeper in &self.sleepers {
            if sleeper.asleep.load(SeqCst) {
                sleeper.thread.unpark();
            }
        }
        Closing(shared)
    }
}

/// The first element of a slice that threads divide.
struct Start<T>(*mut T);

impl<T> Start<T> {
    fn at(&self, index: usize) -> *mut T {
        self.0.wrapping_add(index)
    }
}

// SAFETY: each thread reaches parts of its own.
#[allow(unsafe_code)]
unsafe impl<T: Send> Sync for Start<T> {}

/// Ends a loop when it is dropped, after a panic too.
struct Closing<'a>(&'a Shared);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.open.store(0, SeqCst);
        while self.0.busy.load(SeqCst) > 0 {
            std::hint::spin_loop();
        }
    }
}

impl Shared {
    fn serve(&self, asleep: &AtomicBool) {
        let mut last = 0;
        loop {
            last = self.wait(last, asleep);
            // Counted first, looked again afterwards: whoever closes the loop looks in the other order.
            self.busy.fetch_add(1, SeqCst);
            if self.open.load(SeqCst) == last {
                self.work();
            }
            self.busy.fetch_sub(1, SeqCst);
        }
    }

    /// Waits for another loop than `last`.
    fn wait(&self, last: usize, asleep: &AtomicBool) -> usize {
        let mut since = Instant::now();
        loop {
            for _ in 0..LOOKS {
                let open = self.open.load(SeqCst);
                if open != 0 && open != last {
                    return open;
                }
                std::hint::spin_loop();
            }
            if since.elapsed() > PATIENCE {
                asleep.store(true, SeqCst);
                let open = self.open.load(SeqCst);
                if open == 0 || open == last {
                    thread::park();
                }
                asleep.store(false, SeqCst);
                since = Instant::now();
            }
        }
    }

    /// Takes one index after the other. Only for those counted as busy, or who opened the loop.
    fn work(&self) {
        // SAFETY: see the cell.
        #[allow(unsafe_code)]
        let Some(task) = (unsafe { (*self.task.get()).map(|task| &*task) }) else {
            return;
        };
        let count = self.count.load(SeqCst);
        let worked = catch_unwind(AssertUnwindSafe(|| {
            loop {
                let index = self.next.fetch_add(1, SeqCst);
                if index >= count {
                    break;
                }
                task(index);
            }
        }));
        if let (Err(panic), Ok(mut slot)) = (worked, self.panic.lock()) {
            slot.get_or_insert(panic);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_index_is_worked_at_once_however_often_and_however_many() {
        let team = Team::new(3);
        for round in 0..2000 {
            let count = round % 37;
            let marks: Vec<AtomicUsize> = (0..count).map(|_| AtomicUsize::new(0)).collect();
            team.run(count, &|index| {
                marks[index].fetch_add(1, SeqCst);
            });
            assert!(marks.iter().all(|mark| mark.load(SeqCst) == 1));
        }
    }

    #[test]
    fn parts_cover_the_slice() {
        let team = Team::new(2);
        let mut data = vec![0usize; 103];
        team.for_each_part(&mut data, 10, 2, &|index, part| {
            part.iter_mut().for_each(|value| *value += index + 1);
        });
        let expected: Vec<usize> = (0..103).map(|i| i / 10 + 1).collect();
        assert_eq!(data, expected);
    }

    #[test]
    fn a_sleeping_thread_is_woken_and_a_busy_team_does_not_block() {
        let team = Team::new(1);
        thread::sleep(PATIENCE * 20);
        let seen = Mutex::new(std::collections::HashSet::new());
        team.run(64, &|_| {
            thread::sleep(Duration::from_micros(200));
            seen.lock().unwrap().insert(thread::current().id());
            // The team has its work: this loop is done alone.
            team.run(3, &|_| ());
        });
        assert_eq!(seen.lock().unwrap().len(), 2);
    }

    #[test]
    fn a_panic_reaches_the_caller_and_the_team_goes_on() {
        let team = Team::new(2);
        for _ in 0..20 {
            let result = catch_unwind(AssertUnwindSafe(|| {
                team.run(8, &|index| assert!(index != 5, "five"));
            }));
            assert!(result.is_err());
            let sum = AtomicUsize::new(0);
            team.run(10, &|index| {
                sum.fetch_add(index, SeqCst);
            });
            assert_eq!(sum.load(SeqCst), 45);
        }
    }
}
