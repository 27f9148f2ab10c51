"""Who is a licensed clinician, maker, pharmacy and so on."""
