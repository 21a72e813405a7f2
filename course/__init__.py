"""What a course adopts: copies for students and instructors, slides, a site, a guide and explainers."""
