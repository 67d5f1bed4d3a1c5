//! Event files that TensorBoard shows while training goes on: scalars of every epoch, texts and pictures. A folder for each
//! network is what TensorBoard calls a run. What this file is not: a protobuf library; it writes the five messages that
//! event files consist of, whose fields have been the same since 2015, and reads none.
//!
//! An event file is a row of records: the length of a message (8 bytes), its check sum, the message, its check sum. Check
//! sums are CRC-32C, rotated and shifted so that a record may hold records. All numbers are little-endian.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::error::{Error, Result, wrong};
use crate::forecast;
use crate::nn::{self, Epoch};
use crate::text::TranslatorEpoch;

/// Writes event files into a folder. A file is written as training goes, so whoever looks finds every epoch that is over.
///
/// Training is not stopped by a file that cannot be written to: [`EventLog::finish`] tells of it.
///
/// ```no_run
/// use std::ops::ControlFlow;
/// use gatecast::report::tensorboard::EventLog;
/// use gatecast::{Forecaster, series::sp500};
///
/// let mut log = EventLog::new("logs/first")?;
/// let fitted = Forecaster::builder().build()?.fit_with(&sp500(), |event| {
///     log.on_event(event);
///     ControlFlow::Continue(())
/// })?;
/// if let Some(verdict) = fitted.verdict() {
///     log.text("", "verdict", &verdict.text);
/// }
/// log.finish()?;
/// # Ok::<(), gatecast::Error>(())
/// ```
#[derive(Debug)]
pub struct EventLog {
    folder: PathBuf,
    /// By their names; the folder itself is the one without a name.
    runs: BTreeMap<String, (PathBuf, File)>,
    /// The first that went wrong.
    failed: Option<Error>,
}

impl EventLog {
    /// In a folder, which is made where it is not there.
    ///
    /// # Errors
    /// [`Setting`](crate::ErrorKind::Setting) where it holds event files already: TensorBoard would take both for one
    /// training. [`Io`](crate::ErrorKind::Io).
    pub fn new(folder: impl AsRef<Path>) -> Result<Self> {
        let folder = folder.as_ref();
        Self::check(folder)?;
        std::fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
        Ok(Self {
            folder: folder.into(),
            runs: BTreeMap::new(),
            failed: None,
        })
    }

    /// Fails where [`EventLog::new`] would for what the folder holds; makes nothing.
    ///
    /// # Errors
    /// As [`EventLog::new`].
    pub fn check(folder: &Path) -> Result<()> {
        match folder.exists() && holds_events(folder)? {
            true => wrong(
                "tensorboard",
                folder.display().to_string(),
                "a folder without event files, since those of another training are in it",
            ),
            false => Ok(()),
        }
    }

    /// Takes down what happens to the networks of a forecaster, each in a run of its own: `network`, or `member-2`,
    /// `fold-3/member-1` and, in a backtest, `test-fold-4/…` where there are several.
    pub fn on_event(&mut self, event: &forecast::Event) {
        let mut run = String::new();
        if let Some(fold) = event.test_fold {
            run += &format!("test-fold-{fold}/");
        }
        if let Some(fold) = event.fold {
            run += &format!("fold-{fold}/");
        }
        run += &match event.networks {
            1 => "network".to_string(),
            _ => format!("member-{}", event.member),
        };
        self.on_training(&run, &event.training);
    }

    /// Takes down what happens to one network.
    pub fn on_training(&mut self, run: &str, event: &nn::Event) {
        if let nn::Event::Epoch(epoch) = event {
            self.epoch(run, epoch);
        }
    }

    /// Takes down an epoch: its losses, errors, learning rate and norm of the gradient, under the names that they have in a
    /// [`History`](nn::History).
    pub fn epoch(&mut self, run: &str, epoch: &Epoch) {
        let scalars = [
            ("loss", Some(epoch.loss)),
            ("val_loss", epoch.val_loss),
            ("mae", Some(epoch.mae)),
            ("val_mae", epoch.val_mae),
            ("learning_rate", Some(epoch.learning_rate)),
            ("gradient_norm", Some(epoch.gradient_norm)),
        ];
        self.scalars(run, epoch.epoch, &scalars);
    }

    /// Takes down an epoch of a translator: its losses, and the score of the greedy translations.
    pub fn translator_epoch(&mut self, run: &str, epoch: &TranslatorEpoch) {
        let scalars = [
            ("loss", Some(epoch.loss)),
            ("val_loss", epoch.val_loss),
            ("score", epoch.score),
        ];
        self.scalars(run, epoch.epoch, &scalars);
    }

    /// Takes down numbers of a step, under their names.
    pub fn scalars(&mut self, run: &str, step: usize, scalars: &[(&str, Option<f64>)]) {
        let values: Vec<Message> = scalars
            .iter()
            .filter_map(|(tag, value)| {
                let mut one = Message::default();
                one.bytes(1, tag.as_bytes());
                one.float(2, (*value)? as f32);
                Some(one)
            })
            .collect();
        self.add(run, step, &values);
    }

    /// Takes down a text in Markdown. A run without a name is the folder itself.
    pub fn text(&mut self, run: &str, tag: &str, text: &str) {
        /// `DT_STRING`.
        const STRING: u64 = 7;
        /// `DATA_CLASS_TENSOR`.
        const TENSOR: u64 = 2;
        let mut tensor = Message::default();
        tensor.number(1, STRING);
        tensor.bytes(2, &[]);
        tensor.bytes(8, text.as_bytes());
        let mut plugin = Message::default();
        plugin.bytes(1, b"text");
        let mut metadata = Message::default();
        metadata.bytes(1, &plugin.0);
        metadata.number(4, TENSOR);
        let mut value = Message::default();
        value.bytes(1, tag.as_bytes());
        value.bytes(8, &tensor.0);
        value.bytes(9, &metadata.0);
        self.add(run, 0, &[value]);
    }

    /// Takes down a PNG picture; anything else is passed over.
    pub fn picture(&mut self, run: &str, tag: &str, png: &[u8]) {
        let Some((width, height)) = size_of(png) else {
            return;
        };
        let mut image = Message::default();
        image.number(1, height.into());
        image.number(2, width.into());
        image.number(3, 3);
        image.bytes(4, png);
        let mut value = Message::default();
        value.bytes(1, tag.as_bytes());
        value.bytes(4, &image.0);
        self.add(run, 0, &[value]);
    }

    /// Closes the files.
    ///
    /// # Errors
    /// [`Io`](crate::ErrorKind::Io) of the first file that could not be written; after it nothing was.
    pub fn finish(self) -> Result<()> {
        self.failed.map_or(Ok(()), Err)
    }

    /// Writes an event at once.
    fn add(&mut self, run: &str, step: usize, values: &[Message]) {
        if values.is_empty() || self.failed.is_some() {
            return;
        }
        let mut summary = Message::default();
        for value in values {
            summary.bytes(1, &value.0);
        }
        let mut event = event(now(), step);
        event.bytes(5, &summary.0);
        if let Err(error) = self.write(run, &event) {
            self.failed = Some(error);
        }
    }

    fn write(&mut self, run: &str, event: &Message) -> Result<()> {
        if !self.runs.contains_key(run) {
            let folder = self.folder.join(run);
            std::fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
            let seconds = now() as u64;
            let path = folder.join(format!("events.out.tfevents.{seconds:010}.gatecast"));
            let file = File::create(&path).map_err(Error::io("create", &path))?;
            self.runs.insert(run.into(), (path, file));
            let mut first = self::event(now(), 0);
            first.bytes(3, b"brain.Event:2");
            self.write(run, &first)?;
        }
        match self.runs.get_mut(run) {
            Some((path, file)) => file
                .write_all(&record(&event.0))
                .map_err(Error::io("write", path)),
            None => Ok(()),
        }
    }
}

/// Whether event files lie in a folder or in those below it.
fn holds_events(folder: &Path) -> Result<bool> {
    for entry in std::fs::read_dir(folder).map_err(Error::io("read", folder))? {
        let path = entry.map_err(Error::io("read", folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.contains("tfevents")
            || (path.is_dir() && !path.is_symlink() && holds_events(&path)?)
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Seconds since 1970.
fn now() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0.0, |since| since.as_secs_f64())
}

fn event(time: f64, step: usize) -> Message {
    let mut event = Message::default();
    event.double(1, time);
    event.number(2, step as u64);
    event
}

/// A protobuf message as it grows. A field is its number and how it is written, then its value.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    /// Seven bits a byte, the lowest first; the highest bit says that more follow.
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    fn number(&mut self, field: u64, value: u64) {
        self.varint(field << 3);
        self.varint(value);
    }

    fn double(&mut self, field: u64, value: f64) {
        self.varint(field << 3 | 1);
        self.0.extend(value.to_le_bytes());
    }

    /// A text, a message or bytes, after its length.
    fn bytes(&mut self, field: u64, value: &[u8]) {
        self.varint(field << 3 | 2);
        self.varint(value.len() as u64);
        self.0.extend(value);
    }

    fn float(&mut self, field: u64, value: f32) {
        self.varint(field << 3 | 5);
        self.0.extend(value.to_le_bytes());
    }
}

/// A message with its length and check sums.
fn record(message: &[u8]) -> Vec<u8> {
    let length = (message.len() as u64).to_le_bytes();
    let mut record = length.to_vec();
    record.extend(masked(&length).to_le_bytes());
    record.extend(message);
    record.extend(masked(message).to_le_bytes());
    record
}

fn masked(bytes: &[u8]) -> u32 {
    crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}

/// CRC-32C (Castagnoli).
fn crc32c(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut byte = 0;
        while byte < 256 {
            let mut crc = byte as u32;
            let mut bit = 0;
            while bit < 8 {
                crc = crc >> 1 ^ (0x82f6_3b78 * (crc & 1));
                bit += 1;
            }
            table[byte] = crc;
            byte += 1;
        }
        table
    };
    !bytes.iter().fold(!0, |crc, byte| {
        TABLE[((crc ^ u32::from(*byte)) & 0xff) as usize] ^ crc >> 8
    })
}

/// Width and height of a PNG picture.
fn size_of(png: &[u8]) -> Option<(u32, u32)> {
    const START: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    let size = png.strip_prefix(START)?;
    let number = |at: usize| Some(u32::from_be_bytes(size.get(at..at + 4)?.try_into().ok()?));
    Some((number(0)?, number(4)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_sum_of_the_standard() {
        // RFC 3720, B.4.
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
    }

    #[test]
    fn a_message_by_hand() {
        let mut message = Message::default();
        message.number(2, 300);
        message.bytes(3, b"ab");
        message.float(2, 1.0);
        assert_eq!(
            message.0,
            [
                0x10, 0xac, 0x02, 0x1a, 2, b'a', b'b', 0x15, 0, 0, 0x80, 0x3f
            ]
        );
    }

    #[test]
    fn runs_are_folders_and_another_training_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("logs");
        let mut log = EventLog::new(&logs).unwrap();
        log.scalars(
            "fold-1/member-2",
            1,
            &[("loss", Some(0.5)), ("val_loss", None)],
        );
        log.text("", "settings", "window = 5");
        log.picture("", "loss", b"no picture");
        log.finish().unwrap();
        let run = std::fs::read_dir(logs.join("fold-1/member-2"))
            .unwrap()
            .next()
            .unwrap()
            .unwrap();
        let bytes = std::fs::read(run.path()).unwrap();
        let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        assert_eq!(bytes[8..12], masked(&bytes[..8]).to_le_bytes());
        assert!(bytes[12..12 + length].ends_with(b"brain.Event:2"));
        let error = EventLog::new(&logs).unwrap_err();
        assert!(error.to_string().contains("event files"), "{error}");
    }

    #[test]
    fn what_cannot_be_written_is_told_at_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = EventLog::new(folder.path()).unwrap();
        std::fs::write(folder.path().join("network"), "in the way").unwrap();
        log.scalars("network", 1, &[("loss", Some(1.0))]);
        assert!(log.finish().is_err());
    }
}
