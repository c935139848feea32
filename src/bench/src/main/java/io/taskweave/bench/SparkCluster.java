package io.taskweave.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * A Spark standalone cluster on loopback: a master, and workers that give one executor of one core
 * each, all in processes of their own on this one's class path.
 */
final class SparkCluster implements AutoCloseable {
  private static final int START_SECONDS = 60;

  private final Path folder;
  private final int workers;
  private final int port;
  private final List<Process> processes = new ArrayList<>();

  /**
   * @param folder for logs and work files
   */
  static SparkCluster start(Path folder, int workers) throws IOException, InterruptedException {
    SparkCluster cluster = new SparkCluster(Files.createDirectories(folder), workers);
    try {
      cluster.startAll();
      return cluster;
    } catch (IOException | InterruptedException e) {
      cluster.close();
      throw e;
    }
  }

  private SparkCluster(Path folder, int workers) throws IOException {
    this.folder = folder;
    this.workers = workers;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
  }

  private String url() {
    return "spark://127.0.0.1:" + port;
  }

  /**
   * Settings of an application that takes every executor.
   *
   * @param memory of an executor, such as 1g
   */
  SortedMap<String, String> settings(String memory) {
    return new TreeMap<>(
        Map.of(
            "spark.master", url(),
            "spark.cores.max", Integer.toString(workers),
            "spark.executor.memory", memory,
            "spark.executor.extraClassPath", System.getProperty("java.class.path")));
  }

  private void startAll() throws IOException, InterruptedException {
    // Where a worker looks for Spark; all jars are on the class path of the application instead.
    Files.createDirectories(home().resolve("jars"));
    Files.writeString(home().resolve("RELEASE"), "");
    launch("master", "master.Master", "--port", Integer.toString(port));
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (!accepts()) {
      if (System.nanoTime() > end || !processes.get(0).isAlive()) {
        throw new IOException("Cannot start a Spark master, see " + folder.resolve("master.log"));
      }
      Thread.sleep(100);
    }
    for (int worker = 0; worker < workers; worker++) {
      String name = "worker-" + worker;
      String work = folder.resolve(name).toString();
      launch(name, "worker.Worker", "-c", "1", "-m", "16g", "-d", work, url());
    }
  }

  private Path home() {
    return folder.resolve("home");
  }

  private boolean accepts() {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private void launch(String name, String type, String... arguments) throws IOException {
    List<String> command = JavaProcess.command("256m", "org.apache.spark.deploy." + type);
    command.addAll(List.of("--host", "127.0.0.1", "--webui-port", "0"));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve(name + ".log").toFile());
    builder.environment().put("SPARK_HOME", home().toString());
    builder.environment().put("SPARK_SCALA_VERSION", "2.12");
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    processes.add(builder.start());
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
