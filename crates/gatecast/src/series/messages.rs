//! Whether an Arrow IPC file is as long as its messages say, and what is compressed in them is no
//! larger than a file of its size may hold. What this file is not: it reads no data.

use arrow_ipc::{Message, RecordBatch, root_as_footer, root_as_message};

type Checked<T> = Result<T, &'static str>;

const CUT_SHORT: &str = "it is shorter than its header or footer states";

/// Checks a file: a footer at its end says where the messages are.
pub(super) fn check_file(bytes: &[u8], mut room: usize) -> Checked<()> {
    let rest = bytes.strip_suffix(b"ARROW1").ok_or(CUT_SHORT)?;
    let (rest, length) = rest.split_last_chunk::<4>().ok_or(CUT_SHORT)?;
    let start = size(i32::from_le_bytes(*length))
        .and_then(|length| rest.len().checked_sub(length))
        .ok_or(CUT_SHORT)?;
    let footer = root_as_footer(&rest[start..]).map_err(|_| "its footer cannot be read")?;
    // Messages do not overlap, or a small file could be read as often as it likes.
    let mut unread = bytes.len();
    let blocks = footer.dictionaries().into_iter().flatten();
    for block in blocks.chain(footer.recordBatches().into_iter().flatten()) {
        let place = (
            size(block.offset()),
            size(block.metaDataLength()),
            size(block.bodyLength()),
        );
        let (Some(offset), Some(head), Some(body)) = place else {
            return Err(CUT_SHORT);
        };
        let (head, rest) = bytes
            .get(offset..)
            .and_then(|rest| rest.split_at_checked(head))
            .ok_or(CUT_SHORT)?;
        let body = rest.get(..body).ok_or(CUT_SHORT)?;
        unread = unread
            .checked_sub(head.len() + body.len())
            .ok_or("its messages overlap")?;
        let skipped = if head.starts_with(&[0xff; 4]) { 8 } else { 4 };
        let message = head.get(skipped..).ok_or(CUT_SHORT)?;
        let message = root_as_message(message).map_err(|_| "a message cannot be read")?;
        check(&message, body, &mut room)?;
    }
    Ok(())
}

/// Checks a stream: messages one after the other.
pub(super) fn check_stream(bytes: &[u8], mut room: usize) -> Checked<()> {
    let mut rest = bytes;
    loop {
        rest = rest.strip_prefix(&[0xff; 4]).unwrap_or(rest);
        if rest.is_empty() {
            return Ok(());
        }
        let (length, after) = rest.split_first_chunk::<4>().ok_or(CUT_SHORT)?;
        let head = size(i32::from_le_bytes(*length)).ok_or(CUT_SHORT)?;
        if head == 0 {
            return Ok(());
        }
        let (head, after) = after.split_at_checked(head).ok_or(CUT_SHORT)?;
        let message = root_as_message(head).map_err(|_| "a message cannot be read")?;
        let (body, after) = size(message.bodyLength())
            .and_then(|length| after.split_at_checked(length))
            .ok_or(CUT_SHORT)?;
        check(&message, body, &mut room)?;
        rest = after;
    }
}

/// Takes from `room` what the buffers of a message take when they are unpacked.
fn check(message: &Message<'_>, body: &[u8], room: &mut usize) -> Checked<()> {
    let dictionary = message.header_as_dictionary_batch();
    let batch: Option<RecordBatch<'_>> = match dictionary {
        Some(dictionary) => dictionary.data(),
        None => message.header_as_record_batch(),
    };
    let Some(batch) = batch.filter(|batch| batch.compression().is_some()) else {
        return Ok(());
    };
    for buffer in batch.buffers().into_iter().flatten() {
        if buffer.length() == 0 {
            continue;
        }
        let length = size(buffer.offset())
            .and_then(|offset| body.get(offset..)?.first_chunk::<8>())
            .map(|length| i64::from_le_bytes(*length))
            .ok_or(CUT_SHORT)?;
        // Minus one says that it is not compressed.
        if let Some(length) = size(length) {
            *room = room
                .checked_sub(length)
                .ok_or("its compressed buffers are larger than a file of its size may hold")?;
        }
    }
    Ok(())
}

fn size(length: impl TryInto<usize>) -> Option<usize> {
    length.try_into().ok()
}
