# SPDX-License-Identifier: Apache-2.0
"""Config providers that come with Barnabas, under the names of Java's classes.

``${file:/etc/db.properties:password}``, ``${dir:/run/secrets:password}``, ``${env:PASSWORD}``.
"""
