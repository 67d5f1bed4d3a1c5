//! A model file taken apart and put together again, so that its description can be mutated: that is
//! JSON in a string of JSON behind a length, of which blind mutations leave nothing.

use serde_json::Value;

/// Mutates the description inside the model file `data[..size]` in place, and gives the new size;
/// none where it is no model file or would no longer fit. `mutate` changes a buffer that holds so
/// many bytes and gives how many there are then.
pub fn mutate_inside(
    data: &mut [u8],
    size: usize,
    most: usize,
    seed: u32,
    mutate: impl FnOnce(&mut [u8], usize) -> usize,
) -> Option<usize> {
    let file = data.get(..size)?;
    let (length, rest) = file.split_first_chunk::<8>()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    let (header, weights) = rest.split_at_checked(length)?;
    let mut header: Value = serde_json::from_slice(header).ok()?;
    let description = header.get_mut("__metadata__")?.get_mut("gatecast")?;
    let text = description.as_str()?;
    let mut parsed: Value = serde_json::from_str(text).unwrap_or_default();
    let changed = if seed % 8 < 4
        && let Some(value) = some_value(&mut parsed, seed)
    {
        *value = odd_value(seed);
        parsed.to_string()
    } else {
        let mut buffer = text.as_bytes().to_vec();
        let size = buffer.len();
        buffer.resize(size + 64, 0);
        let size = mutate(&mut buffer, size);
        String::from_utf8_lossy(&buffer[..size]).into_owned()
    };
    *description = Value::String(changed);
    let header = header.to_string().into_bytes();
    let size = 8 + header.len() + weights.len();
    let weights = weights.to_vec();
    if size > most {
        return None;
    }
    data[..8].copy_from_slice(&(header.len() as u64).to_le_bytes());
    data[8..8 + header.len()].copy_from_slice(&header);
    data[8 + header.len()..size].copy_from_slice(&weights);
    Some(size)
}

/// One of the values that hold no others.
fn some_value(value: &mut Value, seed: u32) -> Option<&mut Value> {
    fn leaves<'a>(value: &'a mut Value, found: &mut Vec<&'a mut Value>) {
        match value {
            Value::Array(values) => values.iter_mut().for_each(|value| leaves(value, found)),
            Value::Object(map) => map.values_mut().for_each(|value| leaves(value, found)),
            leaf => found.push(leaf),
        }
    }
    let mut found = Vec::new();
    leaves(value, &mut found);
    let at = (seed / 64) as usize % found.len().max(1);
    (at < found.len()).then(|| found.swap_remove(at))
}

/// A value that settings rarely have.
fn odd_value(seed: u32) -> Value {
    match seed / 8 % 8 {
        0 => Value::Null,
        1 => 0.into(),
        2 => 2.into(),
        3 => 65_536.into(),
        4 => u64::MAX.into(),
        5 => (-1.0).into(),
        6 => 1e300.into(),
        _ => Vec::<Value>::new().into(),
    }
}
