package io.taskweave.bench;

import com.sun.management.GarbageCollectionNotificationInfo;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import javax.management.Notification;
import javax.management.NotificationEmitter;
import javax.management.NotificationListener;
import javax.management.openmbean.CompositeData;

/**
 * The most that the heap has held between start and stop. What is used grows to the limit whatever
 * a program needs; what a collection of the whole heap leaves is what it needs.
 */
final class HeapPeak implements NotificationListener {
  private static final List<MemoryPoolMXBean> POOLS =
      ManagementFactory.getMemoryPoolMXBeans().stream()
          .filter(pool -> pool.getType() == MemoryType.HEAP)
          .toList();
  private static final Set<String> NAMES =
      POOLS.stream().map(MemoryPoolMXBean::getName).collect(Collectors.toSet());

  /** What the platform calls it. */
  private static final String WHOLE_HEAP = "end of major GC";

  private long live;
  private long used;

  void start() throws Exception {
    POOLS.forEach(MemoryPoolMXBean::resetPeakUsage);
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      ((NotificationEmitter) collector).addNotificationListener(this, null, null);
    }
  }

  void stop() throws Exception {
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      ((NotificationEmitter) collector).removeNotificationListener(this);
    }
    used = POOLS.stream().mapToLong(pool -> pool.getPeakUsage().getUsed()).sum();
  }

  /** Bytes used, garbage included. */
  long used() {
    return used;
  }

  /** Bytes used right after a collection of the whole heap; 0 if there was none. */
  synchronized long live() {
    return live;
  }

  @Override
  public synchronized void handleNotification(Notification notification, Object handback) {
    if (notification
        .getType()
        .equals(GarbageCollectionNotificationInfo.GARBAGE_COLLECTION_NOTIFICATION)) {
      GarbageCollectionNotificationInfo collection =
          GarbageCollectionNotificationInfo.from((CompositeData) notification.getUserData());
      if (collection.getGcAction().equals(WHOLE_HEAP)) {
        long after =
            collection.getGcInfo().getMemoryUsageAfterGc().entrySet().stream()
                .filter(pool -> NAMES.contains(pool.getKey()))
                .mapToLong(pool -> pool.getValue().getUsed())
                .sum();
        live = Math.max(live, after);
      }
    }
  }
}
