"""Accounts, patients, and who may act for whom."""

from django.apps import AppConfig


class Patients(AppConfig):
    name = "patients"
    verbose_name = "患者档案"
