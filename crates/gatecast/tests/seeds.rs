//! Writes those seeds of the fuzz targets that no editor can: small Parquet and Arrow files in the
//! forms that pandas, polars and databases give them, and copies of the made-up model files. What it
//! writes is in the repository; run it after a change with
//! `cargo test --package gatecast --test seeds -- --ignored`. What this file is not: a test.

#![cfg(feature = "arrow")]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow_array::types::Int8Type;
use arrow_array::{
    ArrayRef, Date32Array, DictionaryArray, Float64Array, Int64Array, ListArray, RecordBatch,
    StringArray, TimestampNanosecondArray, types::Int32Type,
};
use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use arrow_ipc::{CompressionType, MetadataVersion};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{WriterProperties, WriterVersion};

#[test]
#[ignore = "writes files"]
fn write_seeds() -> Result<(), Box<dyn std::error::Error>> {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds");
    for folder in ["parquet", "arrow", "model", "recognised"] {
        fs::create_dir_all(seeds.join(folder))?;
    }
    for (name, properties) in [
        ("plain", WriterProperties::builder()),
        (
            "plain_v2",
            WriterProperties::builder()
                .set_writer_version(WriterVersion::PARQUET_2_0)
                .set_dictionary_enabled(false),
        ),
        (
            "snappy",
            WriterProperties::builder().set_compression(Compression::SNAPPY),
        ),
        (
            "zstd_v2",
            WriterProperties::builder()
                .set_writer_version(WriterVersion::PARQUET_2_0)
                .set_dictionary_enabled(false)
                .set_compression(Compression::ZSTD(ZstdLevel::default())),
        ),
        (
            "lz4",
            WriterProperties::builder().set_compression(Compression::LZ4_RAW),
        ),
    ] {
        for (kind, batch) in [("days", days()?), ("mixed", mixed()?)] {
            let mut bytes = Vec::new();
            let properties = properties.clone().build();
            let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties))?;
            writer.write(&batch)?;
            writer.close()?;
            fs::write(seeds.join(format!("parquet/{kind}_{name}.parquet")), bytes)?;
        }
    }
    for (name, compression) in [
        ("plain", None),
        ("lz4", Some(CompressionType::LZ4_FRAME)),
        ("zstd", Some(CompressionType::ZSTD)),
    ] {
        for (kind, batch) in [("days", days()?), ("mixed", mixed()?)] {
            let options = IpcWriteOptions::try_new(8, false, MetadataVersion::V5)?
                .try_with_compression(compression)?;
            let mut bytes = Vec::new();
            let mut writer =
                FileWriter::try_new_with_options(&mut bytes, &batch.schema(), options.clone())?;
            writer.write(&batch)?;
            writer.finish()?;
            drop(writer);
            fs::write(seeds.join(format!("arrow/{kind}_{name}.arrow")), bytes)?;
            let mut bytes = Vec::new();
            let mut writer =
                StreamWriter::try_new_with_options(&mut bytes, &batch.schema(), options)?;
            writer.write(&batch)?;
            writer.finish()?;
            drop(writer);
            fs::write(seeds.join(format!("arrow/{kind}_{name}.stream")), bytes)?;
        }
    }
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    for name in [
        "format-1.safetensors",
        "format-2.safetensors",
        "format-3.safetensors",
        "format-3-panel.safetensors",
    ] {
        fs::copy(models.join(name), seeds.join("model").join(name))?;
    }
    Ok(())
}

/// Three days as pandas writes them.
fn days() -> Result<RecordBatch, Box<dyn std::error::Error>> {
    let days = [1_522_713_600i64, 1_522_800_000, 1_522_886_400];
    let days = TimestampNanosecondArray::from_iter_values(days.map(|day| day * 1_000_000_000));
    Ok(RecordBatch::try_from_iter([
        ("Date", Arc::new(days) as ArrayRef),
        ("close", Arc::new(Float64Array::from(vec![1.5, 2.5, 2.0]))),
        ("volume", Arc::new(Int64Array::from(vec![100, 200, 150]))),
    ])?)
}

/// What else may stand in a file: days, gaps, words, a dictionary, lists.
fn mixed() -> Result<RecordBatch, Box<dyn std::error::Error>> {
    let lists = [Some(vec![Some(1), None]), None, Some(vec![])];
    let lists = ListArray::from_iter_primitive::<Int32Type, _, _>(lists);
    let words: DictionaryArray<Int8Type> = vec![Some("a"), None, Some("a")].into_iter().collect();
    Ok(RecordBatch::try_from_iter([
        (
            "date",
            Arc::new(Date32Array::from(vec![17_624, 17_625, 17_626])) as ArrayRef,
        ),
        (
            "close",
            Arc::new(Float64Array::from(vec![Some(1.5), None, Some(2.0)])),
        ),
        ("name", Arc::new(StringArray::from(vec!["x", "y", "z"]))),
        ("kind", Arc::new(words)),
        ("list", Arc::new(lists)),
    ])?)
}
