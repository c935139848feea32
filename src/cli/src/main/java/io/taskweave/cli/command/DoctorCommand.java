package io.taskweave.cli.command;

import io.taskweave.core.blas.Blas;
import io.taskweave.core.blas.Blas.Transposed;
import io.taskweave.core.blas.BlasFactory;
import java.io.File;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.spark.package$;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description = "Measures what training depends on, and says what to set.",
    footer = {"", "Example:", "  taskweave doctor"})
final class DoctorCommand implements Callable<Integer> {
  private static final int ROWS = 1024;
  private static final int WIDTH = 512;
  private static final int TABLE_ROWS = 400_000;
  private static final int TABLE_WIDTH = 16;
  private static final long NATIVE_SPACE = 40L << 20;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      description = "Time of each measurement (default: ${DEFAULT-VALUE}).")
  private double seconds = 1;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    line(
        out, "java", System.getProperty("java.vm.name") + " " + System.getProperty("java.version"));
    line(out, "spark", package$.MODULE$.SPARK_VERSION());
    line(out, "cores", Integer.toString(Runtime.getRuntime().availableProcessors()));
    line(out, "heap", megabytes(Runtime.getRuntime().maxMemory()));
    File temporary = new File(System.getProperty("java.io.tmpdir"));
    line(out, "temporary", temporary + ", free " + megabytes(temporary.getUsableSpace()));
    String cpuType = System.getenv("MKL_DEBUG_CPU_TYPE");
    line(out, "MKL_DEBUG_CPU_TYPE", String.valueOf(cpuType));
    Blas blas = BlasFactory.instance();
    line(out, "product", String.format(Locale.ROOT, "%.1f GF/s on one core", product(blas)));
    line(out, "gather", String.format(Locale.ROOT, "%.2f GB/s on one core", gather()));
    boolean same = sameBits(blas);
    line(out, "two alignments", same ? "same bits" : "different bits");
    boolean healthy = true;
    if (!same || !"5".equals(cpuType)) {
      out.println(
          "Set MKL_DEBUG_CPU_TYPE=5 before Java starts: results must not depend on where arrays lie.");
      healthy = same;
    }
    if (temporary.getUsableSpace() < NATIVE_SPACE) {
      out.println(
          "Set -Djava.io.tmpdir to a folder with 40 MiB free: the native libraries unpack there.");
      healthy = false;
    }
    out.flush();
    return healthy ? 0 : 2;
  }

  private static void line(PrintWriter out, String name, String value) {
    out.println(String.format(Locale.ROOT, "%-20s %s", name, value));
  }

  private static String megabytes(long bytes) {
    return (bytes >> 20) + " MiB";
  }

  private double product(Blas blas) {
    float[] a = values(ROWS * WIDTH, 1);
    float[] b = values(WIDTH * WIDTH, 2);
    float[] c = new float[ROWS * WIDTH];
    long start = System.nanoTime();
    long calls = 0;
    while (System.nanoTime() - start < seconds * 1e9) {
      blas.multiply(Transposed.NONE, ROWS, WIDTH, WIDTH, a, 0, WIDTH, b, 0, WIDTH, 0, c, 0, WIDTH);
      calls++;
    }
    return 2.0 * ROWS * WIDTH * WIDTH * calls / (System.nanoTime() - start);
  }

  private double gather() {
    float[] table = new float[TABLE_ROWS * TABLE_WIDTH];
    Arrays.fill(table, 1);
    float[] rows = new float[ROWS * TABLE_WIDTH];
    int id = 1;
    long start = System.nanoTime();
    long copied = 0;
    while (System.nanoTime() - start < seconds * 1e9) {
      for (int row = 0; row < ROWS; row++) {
        id = (int) ((id * 48271L) % 2147483647L);
        System.arraycopy(
            table, (id % TABLE_ROWS) * TABLE_WIDTH, rows, row * TABLE_WIDTH, TABLE_WIDTH);
      }
      copied += (long) ROWS * TABLE_WIDTH * Float.BYTES;
    }
    return copied / (double) (System.nanoTime() - start);
  }

  /** Thin products are those whose bits MKL otherwise changes with the address. */
  private static boolean sameBits(Blas blas) {
    int thin = 32;
    float[] a = values(ROWS * WIDTH, 3);
    float[] b = values(WIDTH * thin, 4);
    float[] first = new float[ROWS * thin];
    blas.multiply(Transposed.NONE, ROWS, thin, WIDTH, a, 0, WIDTH, b, 0, thin, 0, first, 0, thin);
    for (int shift = 1; shift <= 3; shift++) {
      float[] moved = new float[a.length + shift];
      System.arraycopy(a, 0, moved, shift, a.length);
      float[] movedB = new float[b.length + shift];
      System.arraycopy(b, 0, movedB, shift, b.length);
      float[] second = new float[ROWS * thin + shift];
      blas.multiply(
          Transposed.NONE,
          ROWS,
          thin,
          WIDTH,
          moved,
          shift,
          WIDTH,
          movedB,
          shift,
          thin,
          0,
          second,
          shift,
          thin);
      if (!Arrays.equals(first, 0, first.length, second, shift, second.length)) {
        return false;
      }
    }
    return true;
  }

  private static float[] values(int length, long seed) {
    java.util.SplittableRandom random = new java.util.SplittableRandom(seed);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) (random.nextDouble() - 0.5);
    }
    return values;
  }
}
