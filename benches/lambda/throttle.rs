//! A share of one processor, as a small function has.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

/// A control group, of version 2 or 1, that gives a process a share of one processor. Lambda does not throttle before
/// the first event, as far as anybody can tell from outside, so this is put on after it.
pub struct Throttle(PathBuf);

impl Throttle {
    pub fn put(process: u32, share: f64) -> Self {
        let period_us = 20_000.0;
        let quota_us = (share * period_us).round();
        let versions = [
            ("/sys/fs/cgroup", vec![("cpu.max", format!("{quota_us} {period_us}"))]),
            (
                "/sys/fs/cgroup/cpu",
                vec![("cpu.cfs_period_us", period_us.to_string()), ("cpu.cfs_quota_us", quota_us.to_string())],
            ),
        ];
        versions
            .into_iter()
            .find_map(|(root, limits)| {
                let group = Path::new(root).join(format!("lambda-bench-{process}"));
                fs::create_dir(&group).ok()?;
                let throttle = Self(group);
                for (file, limit) in limits {
                    let file = throttle.0.join(file);
                    // Where no control group is mounted, writing would make an ordinary file.
                    file.exists().then_some(())?;
                    fs::write(file, limit).ok()?;
                }
                fs::write(throttle.0.join("cgroup.procs"), process.to_string()).ok()?;
                Some(throttle)
            })
            .expect("--cpu-share needs a cgroup that this user may make under /sys/fs/cgroup")
    }
}

impl Drop for Throttle {
    fn drop(&mut self) {
        // The process leaves a moment after it was killed.
        for _ in 0..100 {
            if fs::remove_dir(&self.0).is_ok() {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
}
