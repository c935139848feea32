package io.taskweave.core.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;

/**
 * Writes a safetensors file as a stream: an 8-byte little-endian header length, a JSON header, then
 * the tensors' little-endian data in the order in which they were announced. A tensor may be
 * written in pieces; equal content gives equal bytes.
 */
public final class SafetensorsWriter implements Closeable {
  private static final int BUFFER_BYTES = 1 << 16;
  private static final int HEADER_ALIGNMENT = 8;

  private final OutputStream output;
  private final List<Tensor> tensors;
  private final ByteBuffer buffer =
      ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private int current = -1;
  private long remaining;

  /**
   * Writes the header.
   *
   * @param output closed with this writer
   * @param metadata free text by key
   */
  public SafetensorsWriter(
      OutputStream output, List<Tensor> tensors, SortedMap<String, String> metadata)
      throws IOException {
    this.output = output;
    this.tensors = List.copyOf(tensors);
    byte[] header = header(this.tensors, metadata);
    buffer.putLong(header.length);
    flush();
    output.write(header);
    advance();
  }

  private static byte[] header(List<Tensor> tensors, SortedMap<String, String> metadata)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = new JsonFactory().createGenerator(bytes)) {
      json.writeStartObject();
      if (!metadata.isEmpty()) {
        json.writeObjectFieldStart(SafetensorsReader.METADATA);
        for (var entry : metadata.entrySet()) {
          json.writeStringField(entry.getKey(), entry.getValue());
        }
        json.writeEndObject();
      }
      long position = 0;
      for (Tensor tensor : tensors) {
        json.writeObjectFieldStart(tensor.name());
        json.writeStringField("dtype", tensor.type());
        json.writeArrayFieldStart("shape");
        for (long extent : tensor.shape()) {
          json.writeNumber(extent);
        }
        json.writeEndArray();
        json.writeArrayFieldStart("data_offsets");
        json.writeNumber(position);
        position = Math.addExact(position, tensor.bytes());
        json.writeNumber(position);
        json.writeEndArray();
        json.writeEndObject();
      }
      json.writeEndObject();
    }
    // Blanks after the JSON align the data, as the format recommends.
    int length = bytes.size();
    int padded = (length + HEADER_ALIGNMENT - 1) / HEADER_ALIGNMENT * HEADER_ALIGNMENT;
    byte[] header = Arrays.copyOf(bytes.toByteArray(), padded);
    Arrays.fill(header, length, padded, (byte) ' ');
    return header;
  }

  /** Writes the next elements of the tensors in order; a piece must not reach past its tensor. */
  public void write(float[] values, int offset, int length) throws IOException {
    claim(Tensor.FLOAT, length);
    for (int i = 0; i < length; i++) {
      if (buffer.remaining() < Float.BYTES) {
        flush();
      }
      buffer.putFloat(values[offset + i]);
    }
    advance();
  }

  /** As for floats. */
  public void write(long[] values, int offset, int length) throws IOException {
    claim(Tensor.LONG, length);
    for (int i = 0; i < length; i++) {
      if (buffer.remaining() < Long.BYTES) {
        flush();
      }
      buffer.putLong(values[offset + i]);
    }
    advance();
  }

  private void claim(String type, int length) {
    if (length == 0) {
      return;
    }
    if (current == tensors.size()) {
      throw new IllegalStateException("Cannot write a tensor: all are written");
    }
    Tensor tensor = tensors.get(current);
    if (!tensor.type().equals(type) || length > remaining) {
      throw new IllegalStateException(
          "Cannot write " + length + " of " + type + ": " + remaining + " left of " + tensor);
    }
    remaining -= length;
  }

  private void advance() {
    while (remaining == 0 && current < tensors.size()) {
      current++;
      if (current < tensors.size()) {
        remaining = tensors.get(current).elements();
      }
    }
  }

  private void flush() throws IOException {
    output.write(buffer.array(), 0, buffer.position());
    buffer.clear();
  }

  /**
   * Completes the file.
   *
   * @throws IllegalStateException if an announced tensor is not complete; the stream is closed all
   *     the same
   */
  @Override
  public void close() throws IOException {
    try (output) {
      flush();
    }
    if (current < tensors.size()) {
      throw new IllegalStateException(
          "Cannot complete the file: "
              + remaining
              + " elements missing of "
              + tensors.get(current));
    }
  }
}
