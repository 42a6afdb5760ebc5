# SPDX-License-Identifier: Apache-2.0
"""The only home of the Kafka clients: librdkafka's, and kafka-python's knowledge of the protocol.

Java's client settings come in, Kafka clients come out::

    layering         which properties a client gets, from worker and connector configuration  (pure)
    client_settings  Java's property names and values → librdkafka's                          (pure)
    producer, consumer, admin   the clients; hot loops use confluent-kafka's objects as they are
    group_coordinator           membership in the workers' group, over connections of its own
    errors           what the client reports → errors of Barnabas

``layering`` and ``client_settings`` do not import the client, so they cost nothing at the start.
"""
