package io.taskweave.core.format;

import java.util.Arrays;
import java.util.List;

/**
 * Description of one tensor of a safetensors file.
 *
 * @param name unique within a file
 * @param type the format's own type name, such as {@code F32} or {@code I64}
 * @param shape extents, the slowest first; empty for a scalar
 */
public record Tensor(String name, String type, List<Long> shape) {
  public static final String FLOAT = "F32";
  public static final String LONG = "I64";

  public Tensor {
    shape = List.copyOf(shape);
  }

  public static Tensor floats(String name, int... shape) {
    return new Tensor(name, FLOAT, Arrays.stream(shape).mapToObj(Long::valueOf).toList());
  }

  public static Tensor longs(String name, int... shape) {
    return new Tensor(name, LONG, Arrays.stream(shape).mapToObj(Long::valueOf).toList());
  }

  /**
   * Number of elements.
   *
   * @throws ArithmeticException if it exceeds a long
   */
  public long elements() {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }

  /**
   * Bytes of its data.
   *
   * @throws ArithmeticException if they exceed a long
   */
  long bytes() {
    return Math.multiplyExact(elements(), bytesPerElement(type));
  }

  /** Width of one element, or 0 for a type that this version does not know. */
  static int bytesPerElement(String type) {
    return switch (type) {
      case "F64", "I64", "U64" -> 8;
      case "F32", "I32", "U32" -> 4;
      case "F16", "BF16", "I16", "U16" -> 2;
      case "I8", "U8", "BOOL", "F8_E4M3", "F8_E5M2" -> 1;
      default -> 0;
    };
  }
}
