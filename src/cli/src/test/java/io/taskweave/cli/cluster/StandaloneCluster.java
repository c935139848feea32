package io.taskweave.cli.cluster;

import io.taskweave.cli.job.PythonEnvironment;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A Spark standalone cluster on loopback: a master, and workers that give one executor of one core.
 */
final class StandaloneCluster implements AutoCloseable {
  private final Path folder;
  private final int workers;
  private final Path home;
  private final String url;
  private final List<Process> processes = new ArrayList<>();

  /**
   * @param folder for logs and work files
   */
  static StandaloneCluster start(Path folder, int workers) throws Exception {
    StandaloneCluster cluster = new StandaloneCluster(folder, workers);
    try {
      cluster.startAll();
      return cluster;
    } catch (Exception e) {
      cluster.close();
      throw e;
    }
  }

  private StandaloneCluster(Path folder, int workers) throws IOException, InterruptedException {
    this.folder = folder;
    this.workers = workers;
    Path environment = PythonEnvironment.of("requirements-spark.txt");
    try (Stream<Path> files = Files.walk(environment, 5)) {
      home =
          files
              .filter(file -> file.endsWith("site-packages/pyspark"))
              .findFirst()
              .orElseThrow(() -> new IOException("Cannot find pyspark in " + environment));
    }
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      url = "spark://127.0.0.1:" + socket.getLocalPort();
    }
  }

  Path home() {
    return home;
  }

  String url() {
    return url;
  }

  private void startAll() throws Exception {
    int port = Integer.parseInt(url.substring(url.lastIndexOf(':') + 1));
    launch("master", "master.Master", "--port", Integer.toString(port));
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!accepts(port)) {
      if (System.nanoTime() > end || !processes.get(0).isAlive()) {
        throw new IOException("Cannot start a Spark master, see " + folder.resolve("master.log"));
      }
      Thread.sleep(100);
    }
    for (int worker = 1; worker <= workers; worker++) {
      String name = "worker-" + worker;
      String work = folder.resolve(name).toString();
      launch(name, "worker.Worker", "-c", "1", "-m", "2g", "-d", work, url);
    }
  }

  private static boolean accepts(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private void launch(String name, String type, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(home.resolve("bin/spark-class").toString());
    command.add("org.apache.spark.deploy." + type);
    command.addAll(List.of("--host", "127.0.0.1", "--webui-port", "0"));
    command.addAll(List.of(arguments));
    processes.add(process(command, folder.resolve(name + ".log")).start());
  }

  /** A process that finds this Spark and nothing of the one who runs the tests. */
  ProcessBuilder process(List<String> command, Path log) {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("SPARK_"));
    // MKL's variables must come from the project's own settings.
    List.of("MKL_DEBUG_CPU_TYPE", "KMP_AFFINITY", "KMP_BLOCKTIME", "OMP_NUM_THREADS")
        .forEach(builder.environment()::remove);
    builder.environment().put("SPARK_HOME", home.toString());
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    return builder;
  }

  /** Ends the process of one executor; its worker starts another. */
  void killExecutor() throws IOException {
    processes.stream()
        .flatMap(Process::descendants)
        .filter(
            process ->
                process
                    .info()
                    .commandLine()
                    .filter(command -> command.contains("CoarseGrainedExecutorBackend"))
                    .isPresent())
        .findFirst()
        .orElseThrow(() -> new IOException("Cannot kill an executor: none runs"))
        .destroyForcibly();
  }

  @Override
  public void close() {
    for (int i = processes.size() - 1; i >= 0; i--) {
      Process process = processes.get(i);
      process.descendants().forEach(ProcessHandle::destroy);
      process.destroy();
      try {
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
      } catch (InterruptedException e) {
        process.destroyForcibly();
        Thread.currentThread().interrupt();
      }
    }
  }
}
