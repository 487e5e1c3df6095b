//! A disk whose files can be put out of memory, as they are on a new instance.

use std::path::Path;
use std::process::Command;

use crate::ROOT;

/// A loop device that reads 128 KiB ahead, the kernel's default, and past the cache of the disk behind it.
pub struct Disk(());

/// Where it is mounted.
pub const FOLDER: &str = "target/disk";

impl Disk {
    /// None where this user may not: that takes root.
    pub fn mount() -> Option<Self> {
        let script = "cd target; truncate -s 256M disk.img; mkfs.ext4 -q -F disk.img; mkdir -p disk; \
            mount -o loop disk.img disk; device=$(findmnt -no SOURCE disk); \
            losetup --direct-io=on $device; blockdev --setra 256 $device";
        let status = Command::new("sh").args(["-ec", script]).current_dir(ROOT).status().unwrap();
        status.success().then_some(Self(()))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        Command::new("umount").arg(FOLDER).current_dir(ROOT).status().unwrap();
    }
}

/// Puts a file out of memory.
pub fn evict(file: &Path) {
    let file = format!("of={}", file.display());
    let dd = ["oflag=nocache", "conv=notrunc,fdatasync", "count=0", "if=/dev/null", "status=none"];
    assert!(Command::new("dd").args(dd).arg(file).status().unwrap().success());
}
