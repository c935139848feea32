package io.taskweave.engine.cluster;

import io.taskweave.core.error.ConfigurationException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.SparkConf;

/** Spark settings of a training application, which BigDL's optimizer needs to be right. */
public final class TrainingSettings {
  private static final long BYTES_PER_PARAMETER_COLLECTED = 8;

  private TrainingSettings() {}

  /**
   * Settings to apply before the Spark session exists.
   *
   * @param master Spark master
   * @param cores cores of an executor
   */
  public static SortedMap<String, String> pinned(String master, int cores) {
    SortedMap<String, String> settings = new TreeMap<>();
    settings.put("spark.dynamicAllocation.enabled", "false");
    settings.put("spark.locality.wait", "3600s");
    settings.put("spark.scheduler.maxRegisteredResourcesWaitingTime", "3600s");
    settings.put("spark.scheduler.minRegisteredResourcesRatio", "1.0");
    settings.put("spark.serializer", "org.apache.spark.serializer.JavaSerializer");
    settings.put("spark.shuffle.blockTransferService", "nio");
    settings.put("spark.shuffle.reduceLocality.enabled", "false");
    settings.put("spark.speculation", "false");
    settings.put("spark.task.maxFailures", "1");
    settings.put("spark.driver.maxResultSize", "0");
    if (!isLocal(master)) {
      settings.put("spark.executor.cores", Integer.toString(cores));
      settings.put("spark.task.cpus", Integer.toString(cores));
      settings.put("spark.executorEnv.OMP_NUM_THREADS", "1");
      settings.put("spark.executorEnv.KMP_BLOCKTIME", "0");
      settings.put("spark.executorEnv.KMP_AFFINITY", "disabled");
      settings.put("spark.executorEnv.MKL_DEBUG_CPU_TYPE", "5");
    }
    return settings;
  }

  private static boolean isLocal(String master) {
    return master.startsWith("local");
  }

  /**
   * Refuses settings under which training would be wrong without a word.
   *
   * @param parameters elements of all weights
   * @throws ConfigurationException naming every problem
   */
  public static void check(SparkConf conf, long parameters) {
    List<String> problems = new ArrayList<>();
    String master = conf.get("spark.master", "");
    if (!isLocal(master)
        && !master.startsWith("spark://")
        && !master.startsWith("yarn")
        && !master.startsWith("k8s")) {
      problems.add("spark.master must be local[n], spark://, yarn or k8s (" + master + ")");
    }
    pinned(master, conf.getInt("spark.executor.cores", 1))
        .forEach(
            (key, wanted) -> {
              if (key.startsWith("spark.executorEnv.")
                  || key.equals("spark.driver.maxResultSize")
                  || key.equals("spark.shuffle.blockTransferService")) {
                return;
              }
              String present = conf.get(key, "unset");
              if (!present.equals(wanted)) {
                problems.add(key + " must be " + wanted + " (" + present + ")");
              }
            });
    long largest = conf.getSizeAsBytes("spark.driver.maxResultSize", "1g");
    long needed = BYTES_PER_PARAMETER_COLLECTED * parameters;
    if (largest != 0 && largest < needed) {
      problems.add(
          "spark.driver.maxResultSize must be 0 or at least "
              + needed
              + " bytes for "
              + parameters
              + " parameters ("
              + largest
              + ")");
    }
    if (!problems.isEmpty()) {
      throw new ConfigurationException(
          "Cannot train with these Spark settings: "
              + String.join("; ", problems)
              + ", start the application with the pinned settings");
    }
  }
}
