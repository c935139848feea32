package io.taskweave.core.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.taskweave.core.error.CheckpointException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsTest {
  private static byte[] file(String header, int dataBytes) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + json.length + dataBytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(json.length)
        .put(json)
        .array();
  }

  private static void readAll(byte[] bytes) throws IOException {
    try (SafetensorsReader reader = new SafetensorsReader(new ByteArrayInputStream(bytes))) {
      while (reader.next() != null) {
        // Skipping reads past the data.
      }
    }
  }

  private static byte[] written(float[] values, long[] steps) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    List<Tensor> tensors =
        List.of(
            Tensor.floats("weights/\u00e9", values.length),
            Tensor.floats("empty", 0, 3),
            Tensor.longs("steps", steps.length));
    TreeMap<String, String> metadata = new TreeMap<>();
    metadata.put("step", "12");
    try (SafetensorsWriter writer = new SafetensorsWriter(bytes, tensors, metadata)) {
      int half = values.length / 2;
      writer.write(values, 0, half);
      writer.write(values, half, values.length - half);
      writer.write(steps, 0, steps.length);
    }
    return bytes.toByteArray();
  }

  @Property(tries = 60)
  void contentSurvivesTheRoundTrip(
      @ForAll @IntRange(min = 0, max = 40_000) int floats, @ForAll long[] longs)
      throws IOException {
    float[] values = new float[floats];
    for (int i = 0; i < floats; i++) {
      values[i] = Float.intBitsToFloat(0x3f000000 + i * 77);
    }
    byte[] bytes = written(values, longs);
    assertThat(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong() % 8).isZero();
    try (SafetensorsReader reader = new SafetensorsReader(new ByteArrayInputStream(bytes))) {
      assertThat(reader.metadata()).containsEntry("step", "12");
      assertThat(reader.tensors()).hasSize(3);
      float[] readValues = new float[floats];
      long[] readLongs = new long[longs.length];
      for (Tensor tensor = reader.next(); tensor != null; tensor = reader.next()) {
        if (tensor.name().equals("weights/\u00e9")) {
          reader.read(readValues, 0, floats);
        } else if (tensor.name().equals("steps")) {
          reader.read(readLongs, 0, longs.length);
        }
      }
      assertThat(readValues).containsExactly(values);
      assertThat(readLongs).containsExactly(longs);
    }
  }

  @Test
  void fileOfThePythonLibraryIsRead() throws IOException {
    try (SafetensorsReader reader =
        new SafetensorsReader(getClass().getResourceAsStream("/safetensors/python.safetensors"))) {
      assertThat(reader.metadata()).containsEntry("origin", "python");
      TreeMap<String, float[]> floats = new TreeMap<>();
      long[] steps = new long[2];
      for (Tensor tensor = reader.next(); tensor != null; tensor = reader.next()) {
        if (tensor.type().equals(Tensor.FLOAT)) {
          float[] values = new float[(int) tensor.elements()];
          reader.read(values, 0, values.length);
          floats.put(tensor.name(), values);
        } else if (tensor.name().equals("steps")) {
          reader.read(steps, 0, 2);
        }
      }
      assertThat(floats.get("embedding/shared/user")).containsExactly(0, 0, 1.5f, -2, 0.25f, 3);
      assertThat(floats.get("scalar")).containsExactly(7);
      assertThat(steps).containsExactly(1L << 40, -1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
            + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[2,6]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,0]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,6]}}",
        "{\"a\":{\"dtype\":\"X9\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
            + "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[100],\"data_offsets\":[0,400]}}",
        "[1,2]",
        "{\"a\":",
        "{} x"
      })
  void corruptHeaderIsRefused(String header) {
    assertThatThrownBy(() -> readAll(file(header, 16))).isInstanceOf(CheckpointException.class);
  }

  @Test
  void forgedLengthIsRefusedWithoutAllocatingIt() {
    for (long length : new long[] {-1, 0, 1, 99_999_999, 1L << 40, Long.MAX_VALUE}) {
      byte[] bytes = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array();
      assertThatThrownBy(() -> readAll(bytes)).isInstanceOf(CheckpointException.class);
    }
  }

  @Property(tries = 200)
  void truncationNeverPasses(@ForAll @IntRange(min = 0, max = 1_000_000) int at)
      throws IOException {
    byte[] bytes = written(new float[] {1, 2, 3}, new long[] {4});
    byte[] cut = Arrays.copyOf(bytes, at % bytes.length);
    assertThatThrownBy(() -> readAll(cut)).isInstanceOf(CheckpointException.class);
  }

  @Test
  void unfinishedFileIsNoticed() throws IOException {
    SafetensorsWriter writer =
        new SafetensorsWriter(
            new ByteArrayOutputStream(), List.of(Tensor.floats("a", 2)), new TreeMap<>());
    writer.write(new float[] {1}, 0, 1);
    assertThatThrownBy(() -> writer.write(new float[2], 0, 2)).hasMessageContaining("left");
    assertThatThrownBy(writer::close).hasMessageContaining("missing");
  }
}
