package io.taskweave.engine.cluster;

import io.taskweave.core.error.ConfigurationException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;

/** Spark settings of a training application, which BigDL's optimizer needs to be right. */
public final class TrainingSettings {
  private static final Pattern ALL_CORES = Pattern.compile("local\\[\\*(?:,(\\d+))?]");
  private static final Pattern LOCAL = Pattern.compile("local\\[[1-9]\\d*(?:, *\\d+)?]");
  private static final String MASTER = "spark.master";
  private static final String EXECUTOR_CORES = "spark.executor.cores";
  private static final String TOTAL_CORES = "spark.cores.max";
  private static final String EXECUTORS = "spark.executor.instances";

  private TrainingSettings() {}

  /**
   * A master with a number of cores where the given one is local: BigDL takes half of them for
   * {@code local[*]}, and the streams must divide by the number.
   *
   * @param master Spark master
   * @param processors of this machine
   * @param streams number of streams of the samples
   */
  public static String master(String master, int processors, int streams) {
    if (master.equals("local")) {
      return "local[1]";
    }
    if (!ALL_CORES.matcher(master).matches()) {
      return master;
    }
    int cores = Math.max(1, Math.min(processors, streams));
    while (streams % cores != 0) {
      cores--;
    }
    return "local[" + cores + "]";
  }

  /**
   * Settings to apply before the Spark session exists.
   *
   * @param master Spark master
   * @param cores cores of an executor
   */
  public static SortedMap<String, String> pinned(String master, String cores) {
    SortedMap<String, String> settings = new TreeMap<>();
    settings.put("spark.dynamicAllocation.enabled", "false");
    // A task beside another executor's model would find none, or one without its moments.
    settings.put("spark.locality.wait", "3600s");
    settings.put("spark.scheduler.maxRegisteredResourcesWaitingTime", "3600s");
    settings.put("spark.scheduler.minRegisteredResourcesRatio", "1.0");
    // A barrier job whose executors are not all there is refused while others still wait for it.
    settings.put("spark.scheduler.barrier.maxConcurrentTasksCheck.interval", "1s");
    settings.put("spark.scheduler.barrier.maxConcurrentTasksCheck.maxFailures", "30");
    settings.put("spark.serializer", "org.apache.spark.serializer.JavaSerializer");
    settings.put("spark.shuffle.reduceLocality.enabled", "false");
    settings.put("spark.speculation", "false");
    settings.put("spark.task.maxFailures", "1");
    if (!isLocal(master)) {
      // One task an executor, with a thread a core inside.
      settings.put(EXECUTOR_CORES, cores);
      settings.put("spark.task.cpus", cores);
      settings.put("spark.executorEnv.OMP_NUM_THREADS", "1");
      settings.put("spark.executorEnv.KMP_BLOCKTIME", "0");
      settings.put("spark.executorEnv.KMP_AFFINITY", "disabled");
      settings.put("spark.executorEnv.MKL_DEBUG_CPU_TYPE", "5");
    }
    return settings;
  }

  static boolean isLocal(String master) {
    return master.startsWith("local");
  }

  /**
   * Refuses settings under which training would be wrong without a word, or BigDL would not start.
   *
   * @throws ConfigurationException naming every problem
   */
  public static void check(SparkConf conf) {
    List<String> problems = new ArrayList<>();
    String master = conf.get(MASTER, "");
    checkMaster(conf, master, problems);
    pinned(master, conf.get(EXECUTOR_CORES, "1"))
        .forEach(
            (key, wanted) -> {
              if (key.startsWith("spark.executorEnv.")) {
                return;
              }
              String present = conf.get(key, "unset");
              if (!present.equals(wanted)) {
                problems.add(key + " must be " + wanted + " (" + present + ")");
              }
            });
    if (!problems.isEmpty()) {
      throw new ConfigurationException(
          "Cannot train with these Spark settings: "
              + String.join("; ", problems)
              + ", start the application with the pinned settings");
    }
  }

  private static void checkMaster(SparkConf conf, String master, List<String> problems) {
    if (isLocal(master)) {
      Matcher counted = LOCAL.matcher(master);
      if (!counted.matches()) {
        problems.add("spark.master must name its cores, such as local[2] (" + master + ")");
      }
    } else if (master.startsWith("spark://") || master.startsWith("k8s")) {
      int cores = positive(conf, EXECUTOR_CORES, problems);
      int total = positive(conf, TOTAL_CORES, problems);
      if (cores > 0 && total > 0 && total % cores != 0) {
        problems.add(
            TOTAL_CORES
                + " must be a multiple of "
                + EXECUTOR_CORES
                + " ("
                + total
                + ", "
                + cores
                + ")");
      }
    } else if (master.startsWith("yarn")) {
      positive(conf, EXECUTOR_CORES, problems);
      positive(conf, EXECUTORS, problems);
    } else {
      problems.add("spark.master must be local[n], spark://, yarn or k8s (" + master + ")");
    }
  }

  private static int positive(SparkConf conf, String key, List<String> problems) {
    String value = conf.get(key, "unset");
    if (!value.matches("[1-9]\\d{0,6}")) {
      problems.add(key + " must be a number, the size of the cluster is fixed (" + value + ")");
      return 0;
    }
    return Integer.parseInt(value);
  }
}
