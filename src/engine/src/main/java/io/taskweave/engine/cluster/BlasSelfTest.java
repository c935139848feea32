package io.taskweave.engine.cluster;

import io.taskweave.core.blas.Blas;
import io.taskweave.core.blas.Blas.Transposed;
import io.taskweave.core.blas.BlasFactory;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * What the matrix products of this process are worth.
 *
 * @param gigaflops speed of one thread, in 1e9 operations a second
 * @param sameBits whether a product has the same bits at two alignments of its arrays
 * @param cpuType the environment's MKL_DEBUG_CPU_TYPE; empty if unset
 */
public record BlasSelfTest(double gigaflops, boolean sameBits, String cpuType)
    implements Serializable {
  private static final String VARIABLE = "MKL_DEBUG_CPU_TYPE";

  /** AVX2 and AVX-512 in MKL's own numbers. */
  private static final Set<String> FAST = Set.of("5", "7");

  private static final int ROWS = 256;
  private static final int INNER = 256;

  /** Shapes of layers with few outputs, of their biases, and of attention over a history. */
  private static final List<Shape> THIN =
      List.of(
          new Shape(Transposed.NONE, ROWS, 1, INNER),
          new Shape(Transposed.NONE, ROWS, 10, INNER),
          new Shape(Transposed.NONE, ROWS, 65, INNER),
          new Shape(Transposed.LEFT, 1, 64, ROWS),
          new Shape(Transposed.RIGHT, 1, 50, 128),
          new Shape(Transposed.NONE, 1, 128, 50),
          new Shape(Transposed.LEFT, 50, 128, 1));

  private static final int SHIFTS = 8;
  private static final int REPEATS = 8;

  /** A product of an m x k with a k x n matrix. */
  private record Shape(Transposed transposed, int m, int n, int k) {}

  /** Runs for some 20 ms. */
  public static BlasSelfTest run() {
    Blas blas = BlasFactory.instance();
    float[] a = values();
    boolean same = true;
    for (Shape shape : THIN) {
      float[] reference = product(blas, shape, a, 0);
      for (int shift = 1; shift < SHIFTS; shift++) {
        same &= Arrays.equals(reference, product(blas, shape, a, shift));
      }
    }
    float[] b = a.clone();
    float[] c = new float[ROWS * ROWS];
    blas.multiply(Transposed.NONE, ROWS, ROWS, INNER, a, 0, INNER, b, 0, ROWS, 0, c, 0, ROWS);
    long start = System.nanoTime();
    for (int i = 0; i < REPEATS; i++) {
      blas.multiply(Transposed.NONE, ROWS, ROWS, INNER, a, 0, INNER, b, 0, ROWS, 0, c, 0, ROWS);
    }
    double operations = 2.0 * REPEATS * ROWS * ROWS * INNER;
    return new BlasSelfTest(
        operations / (System.nanoTime() - start), same, System.getenv().getOrDefault(VARIABLE, ""));
  }

  /** Whether a result has the same bits wherever its arrays lie, at the full speed. */
  public boolean trustworthy() {
    return sameBits && FAST.contains(cpuType);
  }

  private static float[] product(Blas blas, Shape shape, float[] values, int shift) {
    int m = shape.m();
    int n = shape.n();
    int k = shape.k();
    float[] a = shifted(values, m * k, shift);
    float[] b = shifted(values, k * n, shift);
    float[] c = new float[m * n + shift];
    int lda = shape.transposed() == Transposed.LEFT ? m : k;
    int ldb = shape.transposed() == Transposed.RIGHT ? k : n;
    blas.multiply(shape.transposed(), m, n, k, a, shift, lda, b, shift, ldb, 0, c, shift, n);
    return Arrays.copyOfRange(c, shift, c.length);
  }

  private static float[] values() {
    float[] values = new float[ROWS * INNER];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.sin(i);
    }
    return values;
  }

  private static float[] shifted(float[] values, int count, int shift) {
    float[] shifted = new float[count + shift];
    System.arraycopy(values, 0, shifted, shift, count);
    return shifted;
  }
}
