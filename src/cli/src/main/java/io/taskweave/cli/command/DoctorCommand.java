package io.taskweave.cli.command;

import io.taskweave.engine.cluster.BlasSelfTest;
import io.taskweave.engine.cluster.NativeLibraries;
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
  private static final int TABLE_ROWS = 400_000;
  private static final int TABLE_WIDTH = 16;

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
    BlasSelfTest products = BlasSelfTest.run();
    line(out, "MKL_DEBUG_CPU_TYPE", products.cpuType().isEmpty() ? "unset" : products.cpuType());
    line(out, "product", String.format(Locale.ROOT, "%.1f GF/s on one core", products.gigaflops()));
    line(out, "gather", String.format(Locale.ROOT, "%.2f GB/s on one core", gather()));
    line(out, "two alignments", products.sameBits() ? "same bits" : "different bits");
    boolean healthy = products.sameBits();
    if (!products.trustworthy()) {
      out.println(
          "Set MKL_DEBUG_CPU_TYPE=5 before Java starts: results must not depend on where arrays lie.");
    }
    if (temporary.getUsableSpace() < NativeLibraries.UNPACKED_BYTES) {
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
}
