package io.taskweave.cli.cluster;

import io.taskweave.core.blas.Blas.Transposed;
import io.taskweave.core.blas.BlasFactory;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;

/** Multiplies matrices on each executor and prints who did and a hash of the result's bits. */
public final class ExecutorProbe {
  private ExecutorProbe() {}

  public static void main(String[] arguments) {
    try (JavaSparkContext spark = new JavaSparkContext(new SparkConf().setAppName("probe"))) {
      List<String> answers =
          spark
              .parallelize(List.of(0, 1), 2)
              .map(
                  part -> {
                    // Long enough that no executor can take both parts.
                    Thread.sleep(2000);
                    return SparkEnv.get().executorId() + " " + product();
                  })
              .collect();
      answers.forEach(answer -> System.out.println("executor " + answer));
    }
  }

  static String product() {
    int m = 257;
    int n = 96;
    int k = 130;
    java.util.Random random = new java.util.Random(7);
    int[] offsets = {0, 3};
    StringBuilder bits = new StringBuilder();
    float[] a = new float[m * k];
    float[] b = new float[k * n];
    for (int i = 0; i < a.length; i++) {
      a[i] = random.nextFloat() - 0.5f;
    }
    for (int i = 0; i < b.length; i++) {
      b[i] = random.nextFloat() - 0.5f;
    }
    for (int offset : offsets) {
      float[] moved = new float[a.length + offset];
      System.arraycopy(a, 0, moved, offset, a.length);
      float[] c = new float[m * n + offset];
      BlasFactory.instance()
          .multiply(Transposed.NONE, m, n, k, moved, offset, k, b, 0, n, 0, c, offset, n);
      bits.append(Arrays.hashCode(Arrays.copyOfRange(c, offset, c.length))).append(' ');
    }
    return bits.toString().trim();
  }
}
