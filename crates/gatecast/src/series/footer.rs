//! Whether the footer of a Parquet file has the types that its format asks for. The library reads what it
//! knows without looking at the types that a damaged footer states: it can then take any bytes for a
//! length, and makes room for as much. What this file is not: it keeps nothing of the footer.
//!
//! The structures are those of `parquet.thrift`, in Thrift's compact protocol.

use super::pages::Header;

/// What stands in a field.
#[derive(Clone, Copy)]
enum Type {
    Bool,
    Byte,
    /// Of 16, 32 or 64 bits, which are written alike.
    Int,
    /// How many columns a group has: no more than the footer has bytes.
    Count,
    Double,
    Binary,
    Struct(Kind),
    Ints,
    Binaries,
    Structs(Kind),
}

/// A structure of the footer.
#[derive(Clone, Copy)]
enum Kind {
    File,
    Schema,
    Logical,
    Decimal,
    Time,
    Integer,
    Variant,
    Place,
    Group,
    Sorting,
    Chunk,
    Column,
    KeyValue,
    Statistics,
    Encodings,
    Sizes,
    Geography,
    Bounds,
    /// One whose fields, if it has any, the library passes over.
    Other,
}

/// What a field of a structure holds; none for a field that the library passes over.
fn expected(kind: Kind, field: i16) -> Option<Type> {
    use Kind::*;
    use Type::*;
    Some(match (kind, field) {
        (File, 1 | 3) => Int,
        (File, 2) => Structs(Schema),
        (File, 4) => Structs(Group),
        (File, 5) => Structs(KeyValue),
        (File, 6 | 9) => Binary,
        (File, 7) => Structs(Other),
        (File, 8) => Struct(Other),
        (Schema, 4) => Binary,
        (Schema, 5) => Count,
        (Schema, 1..=9) => Int,
        (Schema, 10) => Struct(Logical),
        (Logical, 5) => Struct(Decimal),
        (Logical, 7 | 8) => Struct(Time),
        (Logical, 10) => Struct(Integer),
        (Logical, 16) => Struct(Variant),
        (Logical, 17 | 18) => Struct(Place),
        (Logical, 1..=18) => Struct(Other),
        (Decimal, 1 | 2) => Int,
        (Time, 1) => Bool,
        (Time, 2) => Struct(Other),
        (Integer, 1) => Byte,
        (Integer, 2) => Bool,
        (Variant, 1) => Byte,
        (Place, 1) => Binary,
        (Place, 2) => Int,
        (Group, 1) => Structs(Chunk),
        (Group, 4) => Structs(Sorting),
        (Group, 2..=7) => Int,
        (Sorting, 1) => Int,
        (Sorting, 2 | 3) => Bool,
        (Chunk, 1 | 9) => Binary,
        (Chunk, 3) => Struct(Column),
        (Chunk, 8) => Struct(Other),
        (Chunk, 2..=7) => Int,
        (Column, 2) => Ints,
        (Column, 3) => Binaries,
        (Column, 8) => Structs(KeyValue),
        (Column, 12) => Struct(Statistics),
        (Column, 13) => Structs(Encodings),
        (Column, 16) => Struct(Sizes),
        (Column, 17) => Struct(Geography),
        (Column, 1..=15) => Int,
        (KeyValue, 1 | 2) => Binary,
        (Statistics, 3 | 4) => Int,
        (Statistics, 7 | 8) => Bool,
        (Statistics, 1..=6) => Binary,
        (Encodings, 1..=3) => Int,
        (Sizes, 1) => Int,
        (Sizes, 2 | 3) => Ints,
        (Geography, 1) => Struct(Bounds),
        (Geography, 2) => Ints,
        (Bounds, 1..=8) => Double,
        _ => return None,
    })
}

/// Reads a footer; none where it is cut short, or where something has another type than it must have.
pub(super) fn check(bytes: &[u8]) -> Option<()> {
    structure(&mut Header::new(bytes), Kind::File, bytes.len())
}

fn structure(header: &mut Header<'_>, kind: Kind, most: usize) -> Option<()> {
    let mut field = 0;
    while let Some(code) = header.field(&mut field)? {
        match expected(kind, field) {
            None => header.value(code, field, 0)?,
            Some(wanted) => value(header, code, field, wanted, most)?,
        }
    }
    Some(())
}

fn value(header: &mut Header<'_>, code: u8, field: i16, wanted: Type, most: usize) -> Option<()> {
    let mut list = |element: Type| {
        let (code, count) = (code == 9).then(|| header.list())??;
        (0..count).try_for_each(|_| value(header, code, field, element, most))
    };
    let fits = match wanted {
        Type::Ints => return list(Type::Int),
        Type::Binaries => return list(Type::Binary),
        Type::Structs(kind) => return list(Type::Struct(kind)),
        Type::Bool => matches!(code, 1 | 2),
        Type::Byte => code == 3,
        Type::Int | Type::Count => matches!(code, 4..=6),
        Type::Double => code == 7,
        Type::Binary => code == 8,
        Type::Struct(_) => code == 12,
    };
    match wanted {
        _ if !fits => None,
        Type::Struct(kind) => structure(header, kind, most),
        Type::Count => {
            let count = usize::try_from(header.integer()?).ok()?;
            (count <= most).then_some(())
        }
        _ => header.value(code, field, 0),
    }
}
