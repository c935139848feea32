package io.taskweave.core.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.taskweave.core.error.CheckpointException;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Reads a safetensors file as a stream, tensor after tensor in the order of their data. The header
 * is not trusted: its length is bounded, names are unique, offsets fit types and shapes and tile
 * the data without gap or overlap. A file that breaks any of this is refused with {@link
 * CheckpointException}, and no header makes the reader allocate more than the header's own bytes.
 */
public final class SafetensorsReader implements Closeable {
  static final String METADATA = "__metadata__";

  private static final int LARGEST_HEADER_BYTES = 100_000_000;
  private static final int BUFFER_BYTES = 1 << 16;
  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(8).build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private record Entry(Tensor tensor, long begin, long end) {}

  private final InputStream input;
  private final List<Tensor> tensors;
  private final SortedMap<String, String> metadata = new TreeMap<>();
  private final ByteBuffer buffer =
      ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private int next;
  private long remaining;

  /**
   * Reads the header.
   *
   * @param input closed with this reader
   * @throws CheckpointException if the header breaks the format
   */
  public SafetensorsReader(InputStream input) throws IOException {
    this.input = input;
    fill(Long.BYTES, "header length");
    long length = buffer.getLong(0);
    if (length < 2 || length > LARGEST_HEADER_BYTES) {
      throw corrupt("header length outside 2 to " + LARGEST_HEADER_BYTES + " (" + length + ")");
    }
    // Grows with what is really there, not with what a forged length claims.
    byte[] header = input.readNBytes((int) length);
    if (header.length < length) {
      throw corrupt("file ends inside the header (" + header.length + " of " + length + ")");
    }
    this.tensors = parse(header);
  }

  private List<Tensor> parse(byte[] header) throws IOException {
    JsonNode root;
    try {
      root = JSON.readTree(header);
    } catch (JsonProcessingException e) {
      throw new CheckpointException(
          "Cannot read tensors: header is not valid JSON (" + e.getOriginalMessage() + ")", e);
    }
    if (root == null || !root.isObject()) {
      throw corrupt("header is not a JSON object");
    }
    List<Entry> entries = new ArrayList<>();
    for (var field : root.properties()) {
      if (field.getKey().equals(METADATA)) {
        for (var text : field.getValue().properties()) {
          metadata.put(text.getKey(), text.getValue().asText());
        }
      } else {
        entries.add(entry(field.getKey(), field.getValue()));
      }
    }
    entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    long position = 0;
    List<Tensor> ordered = new ArrayList<>();
    for (Entry entry : entries) {
      if (entry.begin() != position) {
        throw corrupt("gap or overlap before tensor " + entry.tensor().name());
      }
      position = entry.end();
      ordered.add(entry.tensor());
    }
    return List.copyOf(ordered);
  }

  private static Entry entry(String name, JsonNode node) {
    JsonNode type = node.path("dtype");
    JsonNode shape = node.path("shape");
    JsonNode offsets = node.path("data_offsets");
    if (!type.isTextual() || !shape.isArray() || !offsets.isArray() || offsets.size() != 2) {
      throw corrupt("tensor " + name + " lacks dtype, shape or data_offsets");
    }
    List<Long> extents = new ArrayList<>();
    for (JsonNode extent : shape) {
      extents.add(number(name, extent));
    }
    long begin = number(name, offsets.get(0));
    long end = number(name, offsets.get(1));
    Tensor tensor = new Tensor(name, type.textValue(), extents);
    if (Tensor.bytesPerElement(tensor.type()) == 0) {
      throw corrupt("tensor " + name + " has an unknown dtype (" + tensor.type() + ")");
    }
    long bytes;
    try {
      bytes = tensor.bytes();
    } catch (ArithmeticException e) {
      throw new CheckpointException(
          "Cannot read tensors: shape of " + name + " overflows (" + extents + ")", e);
    }
    if (end < begin || end - begin != bytes) {
      throw corrupt("offsets of tensor " + name + " do not fit its shape (" + tensor + ")");
    }
    return new Entry(tensor, begin, end);
  }

  private static long number(String name, JsonNode node) {
    if (!node.isIntegralNumber() || !node.canConvertToLong() || node.longValue() < 0) {
      throw corrupt("tensor " + name + " has a bad number (" + node + ")");
    }
    return node.longValue();
  }

  /** All tensors in the order of their data. */
  public List<Tensor> tensors() {
    return tensors;
  }

  public SortedMap<String, String> metadata() {
    return metadata;
  }

  /** Moves to the next tensor, skipping what is unread of the present one; null after the last. */
  public Tensor next() throws IOException {
    skipRest();
    if (next == tensors.size()) {
      return null;
    }
    Tensor tensor = tensors.get(next++);
    remaining = tensor.elements();
    return tensor;
  }

  private void skipRest() throws IOException {
    if (next > 0 && remaining > 0) {
      Tensor present = tensors.get(next - 1);
      try {
        input.skipNBytes(remaining * Tensor.bytesPerElement(present.type()));
      } catch (EOFException e) {
        throw truncated(present.name(), e);
      }
      remaining = 0;
    }
  }

  /** Reads the next elements of the present tensor, which must be of type F32. */
  public void read(float[] target, int offset, int length) throws IOException {
    claim(Tensor.FLOAT, length);
    for (int done = 0; done < length; ) {
      int piece = Math.min(length - done, BUFFER_BYTES / Float.BYTES);
      fill(piece * Float.BYTES, tensors.get(next - 1).name());
      buffer.asFloatBuffer().get(target, offset + done, piece);
      done += piece;
    }
  }

  /** As for floats, of type I64. */
  public void read(long[] target, int offset, int length) throws IOException {
    claim(Tensor.LONG, length);
    for (int done = 0; done < length; ) {
      int piece = Math.min(length - done, BUFFER_BYTES / Long.BYTES);
      fill(piece * Long.BYTES, tensors.get(next - 1).name());
      buffer.asLongBuffer().get(target, offset + done, piece);
      done += piece;
    }
  }

  private void claim(String type, int length) {
    if (next == 0 || !tensors.get(next - 1).type().equals(type) || length > remaining) {
      String present = next == 0 ? "no tensor" : tensors.get(next - 1).toString();
      throw corrupt(
          "wanted " + length + " of " + type + ", but " + remaining + " left of " + present);
    }
    remaining -= length;
  }

  private void fill(int bytes, String what) throws IOException {
    if (input.readNBytes(buffer.array(), 0, bytes) < bytes) {
      throw truncated(what, null);
    }
  }

  private static CheckpointException truncated(String what, Throwable cause) {
    return new CheckpointException(
        "Cannot read tensors: file ends inside " + what + ", copy or write it again", cause);
  }

  private static CheckpointException corrupt(String reason) {
    return new CheckpointException("Cannot read tensors: " + reason + ", use an intact file");
  }

  @Override
  public void close() throws IOException {
    input.close();
  }
}
